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
import { formatError, noteRequest } from "./format-error.js";
import { registerQueryPage } from "./query-page.js";
import { readingPlugin } from "./reading-plugin.js";
import { buildGraphqlSchema } from "./schema.js";

/** Lexical tokens of a document: ten times what the largest useful ones have. */
const MAX_TOKENS = 5_000;

export interface GraphqlOptions {
  stores: Stores;
  reading: Reading;
  digestDesk: DigestDesk | null;
  introspection: boolean;
  /** Whether browsers get a page to write queries on. */
  graphiql: boolean;
  /** Whether resolvers are told to the traces. */
  traced: boolean;
}

/** Opens the GraphQL door at /graphql. */
export async function registerGraphql(
  app: FastifyInstance,
  { stores, reading, digestDesk, introspection, graphiql, traced }: GraphqlOptions,
): Promise<void> {
  const schema = buildGraphqlSchema();
  if (traced) traceResolvers(schema);
  const apollo = new ApolloServer<Context>({
    gateway: compiledExecutor(schema),
    introspection,
    csrfPrevention: true,
    logger: app.log,
    // main.ts drains; a second listener for signals would race it.
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    maxRecursiveSelections: true,
    parseOptions: { maxTokens: MAX_TOKENS },
    persistedQueries: false,
    formatError: (formatted, error) => formatError(formatted, error, recordOfError(error)?.log ?? app.log),
    plugins: [
      fastifyApolloDrainPlugin(app),
      ApolloServerPluginLandingPageDisabled(),
      // It looks at each field of each answer for hints that this schema does not give.
      ApolloServerPluginCacheControlDisabled(),
      answerHead,
      readingPlugin(reading),
      observabilityPlugin,
    ],
  });
  await apollo.start();
  const handler = fastifyApolloHandler(apollo, {
    context: (request) => contextOf(request, stores, digestDesk),
  });
  if (graphiql) await registerQueryPage(app);
  app.route({ method: ["GET", "POST"], url: "/graphql", ...admission(stores.db), handler });
}

async function contextOf(
  request: FastifyRequest,
  stores: Stores,
  digestDesk: DigestDesk | null,
): Promise<Context> {
  const requestId = request.id;
  try {
    const own = storesFor(request, stores);
    const viewer = await authenticate(request.headers.authorization, own);
    const { ip: clientAddress, record } = request;
    return createContext(own, viewer, { requestId, clientAddress, digestDesk, record });
  } catch (error) {
    // Apollo takes status and headers of a failed context from the error's extensions.
    const { message } = error as Error;
    const { status, retryAfter } = error instanceof PapergraphError ? error : { status: 500 };
    if (error instanceof PapergraphError) request.record?.errorCodes.push(error.code);
    const headers = new HeaderMap(retryAfter ? [["retry-after", String(retryAfter)]] : []);
    const failure = new GraphQLError(message, {
      extensions: { http: { status, headers } },
      originalError: error as Error,
    });
    noteRequest([failure], requestId);
    throw failure;
  }
}
