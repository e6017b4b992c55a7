import { ApolloServer, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyRequest, RouteOptions } from "fastify";
import { GraphQLError } from "graphql";
import { createContext, type Stores } from "../../context/request-context.js";
import type { DigestDesk } from "../../digest/subscription.service.js";
import { PapergraphError } from "../../shared/errors.js";
import type { Reading } from "../../context/read-router.js";
import { observabilityPlugin, recordOfError } from "./observability/observability.plugin.js";
import { storesFor } from "../../context/stores-for.js";
import { traceResolvers } from "./observability/trace-resolvers.js";
import { authenticate } from "../../auth/authenticate.js";
import { answerHead } from "./errors/http-status.plugin.js";
import { costExtension } from "./cost/cost-extension.plugin.js";
import { takeDocumentId } from "./documents/document-id.js";
import { documentLimits } from "./limits/document-limits.js";
import { DocumentCache } from "./execution/document-cache.js";
import { operationExecutor } from "./execution/executor.js";
import { fastPath } from "./execution/fast-path.js";
import type { GraphqlContext } from "./execution/graphql-context.js";
import { meterResolvers } from "./execution/meter-resolvers.js";
import { OperationInfos } from "./execution/operation-info.js";
import { asGraphqlError, formatError, noteRequest } from "./errors/format-error.js";
import type { GraphqlLimits } from "../../config/graphql.config.js";
import { operationErrors } from "./errors/operation-errors.plugin.js";
import { persistedQueries } from "./documents/persisted-queries.js";
import { publicAnswers } from "./caching/cache-control.plugin.js";
import { registerQueryPage } from "./ide/graphql-ide.js";
import type { ResponseCache } from "./caching/response-cache.js";
import { buildGraphqlSchema } from "./schema.js";
import {
  readTrustedDocuments,
  refuseUntrusted,
  type TrustedDocuments,
} from "./documents/trusted-documents.js";

declare module "fastify" {
  interface FastifyRequest {
    /** The request's context once it was asked for; null before, and for what is not GraphQL. */
    graphqlContext: Promise<GraphqlContext> | null;
  }
}

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
  /** Whether resolvers get trace spans. */
  traced: boolean;
}

/** Serves GraphQL at /graphql. */
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
  meterResolvers(schema);
  if (traced) traceResolvers(schema);
  const runner = { schema, limits, reading, responses };
  const documents = new DocumentCache();
  const operations = new OperationInfos(schema);
  const apollo = new ApolloServer<GraphqlContext>({
    gateway: operationExecutor(runner, operations),
    documentStore: documents,
    introspection,
    // Nothing depends on cookies, a GET changes nothing, and a POST has to be JSON, which takes a preflight: see request-rules.ts.
    csrfPrevention: false,
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
      operationErrors(limits),
      costExtension(limits),
      publicAnswers,
      answerHead,
      observabilityPlugin,
    ],
  });
  await apollo.start();
  app.decorateRequest("graphqlContext", null);
  const contextOf = (request: FastifyRequest) =>
    (request.graphqlContext ??= makeContext(request, stores, digestDesk, trusted));
  const apolloHandler = fastifyApolloHandler(apollo, { context: contextOf });
  const handler = fastPath(app, { runner, documents, operations, contextOf }, apolloHandler);
  if (graphiql) await registerQueryPage(app);
  const config = { cost: "later" as const };
  const route: RouteOptions = {
    method: ["GET", "POST"],
    url: "/graphql",
    config,
    preValidation: takeDocumentId,
    handler,
  };
  app.admission.onRoute(route);
  app.route(route);
}

async function makeContext(
  request: FastifyRequest,
  stores: Stores,
  digestDesk: DigestDesk | null,
  trusted: TrustedDocuments | null,
): Promise<GraphqlContext> {
  const requestId = request.id;
  try {
    const { budget, record, work } = request;
    budget?.rejectIfExhausted();
    if (trusted) refuseUntrusted(trusted, request);
    const own = storesFor(request, stores);
    const viewer = await authenticate(request.headers.authorization, own);
    if (viewer) await request.confirmToken(viewer);
    const { ip: clientAddress } = request;
    const facts = { requestId, clientAddress, digestDesk, budget, record, work };
    return Object.assign(createContext(own, viewer, facts), { operation: null, outcome: null });
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
