import { ApolloServer, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import { createContext, type Context, type Stores } from "../context.js";
import type { DigestDesk } from "../digest/digest-desk.js";
import { PapergraphError } from "../errors.js";
import { admission } from "../http/admission.js";
import type { Reading } from "../reading.js";
import { observabilityPlugin, recordOfError } from "../observability/graphql-plugin.js";
import { storesFor } from "../observability/stores-for.js";
import { traceResolvers } from "../observability/trace-resolvers.js";
import { authenticate } from "../users/authenticate.js";
import { answerHead } from "./answer-head.js";
import { compiledExecutor } from "./compiled-executor.js";
import { KnownOperations } from "./known-operations.js";
import { documentLimits } from "./document-limits.js";
import { asGraphqlError, formatError, noteRequest } from "./format-error.js";
import type { GraphqlLimits } from "./limit-settings.js";
import { operationLimits } from "./operation-limits.js";
import { persistedQueries } from "./persisted-queries.js";
import { publicAnswers } from "./public-answers.js";
import { registerQueryPage } from "./query-page.js";
import { readingPlugin } from "./reading-plugin.js";
import { buildGraphqlSchema } from "./schema.js";
import type { ResponseCache } from "./response-cache.js";
import { shortcut, type ShortcutOptions } from "./shortcut.js";
import { readTrustedDocuments, refuseUntrusted, type TrustedDocuments } from "./trusted-documents.js";

export interface GraphqlOptions {
  stores: Stores;
  reading: Reading;
  digestDesk: DigestDesk | null;
  introspection: boolean;
  /** Whether browsers get a page to write queries on. */
  graphiql: boolean;
  limits: GraphqlLimits;
  /** The file of the only documents that are run; null runs any. */
  trustedDocuments: string | null;
  /** Null keeps no answers. */
  responses: ResponseCache | null;
  /** Whether resolvers are told to the traces. */
  traced: boolean;
}

/** Opens the GraphQL door at /graphql. */
export async function registerGraphql(
  app: FastifyInstance,
  {
    stores,
    reading,
    digestDesk,
    introspection,
    graphiql,
    limits,
    trustedDocuments,
    responses,
    traced,
  }: GraphqlOptions,
): Promise<void> {
  const trusted = trustedDocuments === null ? null : readTrustedDocuments(trustedDocuments);
  const schema = buildGraphqlSchema();
  if (traced) traceResolvers(schema);
  const known = new KnownOperations(schema);
  const apollo = new ApolloServer<Context>({
    gateway: compiledExecutor(known),
    introspection,
    csrfPrevention: true,
    logger: app.log,
    // main.ts drains; a second listener for signals would race it.
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    // With a number here, Apollo Server looks at our rule last; it is to be first, and counts selections itself.
    maxRecursiveSelections: false,
    parseOptions: { maxTokens: limits.tokens },
    validationRules: [documentLimits(limits)],
    validationOptions: { maxErrors: limits.errors },
    allowBatchedHttpRequests: false,
    persistedQueries: { cache: persistedQueries(trusted) },
    formatError: (formatted, error) =>
      formatError(formatted, error, recordOfError(error)?.log ?? app.log, !introspection),
    plugins: [
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
      // It looks at each field of each answer for hints that this schema does not give.
      ApolloServerPluginCacheControlDisabled(),
      operationLimits(limits),
      publicAnswers,
      answerHead,
      readingPlugin(reading),
      observabilityPlugin,
      ...(responses ? [responses.plugin] : []),
    ],
  });
  await apollo.start();
  const contextFor = (request: FastifyRequest) => contextOf(request, stores, digestDesk, trusted);
  const apolloHandler = fastifyApolloHandler(apollo, { context: contextFor });
  const onAnswer: ShortcutOptions["onAnswer"] = ({ document }, context) =>
    responses?.mayKeep(document, context);
  const asking = shortcut(app, { known, contextOf: contextFor, limits, reading, onAnswer }, apolloHandler);
  const handler = responses ? responses.before(app, asking) : asking;
  if (graphiql) await registerQueryPage(app);
  const config = { cost: "later" as const };
  app.route({ method: ["GET", "POST"], url: "/graphql", config, ...admission(stores.db), handler });
}

async function contextOf(
  request: FastifyRequest,
  stores: Stores,
  digestDesk: DigestDesk | null,
  trusted: TrustedDocuments | null,
): Promise<Context> {
  const requestId = request.id;
  try {
    const { budget, record, work } = request;
    budget?.rejectIfExhausted();
    if (trusted) refuseUntrusted(trusted, request);
    const own = storesFor(request, stores);
    const viewer = await authenticate(request.headers.authorization, own);
    if (viewer) await request.confirmToken(viewer);
    const { ip: clientAddress } = request;
    return createContext(own, viewer, { requestId, clientAddress, digestDesk, budget, record, work });
  } catch (error) {
    const failure = failureOf(error as Error);
    if (error instanceof PapergraphError) request.record?.errorCodes.push(error.code);
    noteRequest([failure], requestId);
    throw failure;
  }
}

/** As Apollo Server takes what kept a context from being made. */
function failureOf(error: Error): GraphQLError {
  if (error instanceof PapergraphError) return asGraphqlError(error);
  const http = { status: 500, headers: new HeaderMap() };
  return new GraphQLError(error.message, { extensions: { http }, originalError: error });
}
