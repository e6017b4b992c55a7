import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
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
import type { Reading } from "../reading.js";
import { observabilityPlugin, recordOfError } from "../observability/graphql-plugin.js";
import { storesFor } from "../observability/stores-for.js";
import { traceResolvers } from "../observability/trace-resolvers.js";
import { authenticate } from "../users/authenticate.js";
import { compiledExecutor } from "./compiled-executor.js";
import { formatError, statusOf } from "./format-error.js";
import { registerQueryPage } from "./query-page.js";
import { readingPlugin } from "./reading-plugin.js";
import { buildGraphqlSchema } from "./schema.js";
import { refusalOf, unavailablePlugin } from "./unavailable.js";

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
      statusPlugin,
      unavailablePlugin,
      readingPlugin(reading),
      observabilityPlugin,
    ],
  });
  await apollo.start();
  const handler = fastifyApolloHandler(apollo, {
    context: (request) => contextOf(request, stores, digestDesk),
  });
  if (graphiql) await registerQueryPage(app);
  app.route({ method: ["GET", "POST"], url: "/graphql", handler });
}

async function contextOf(
  request: FastifyRequest,
  stores: Stores,
  digestDesk: DigestDesk | null,
): Promise<Context> {
  try {
    const own = storesFor(request, stores);
    const viewer = await authenticate(request.headers.authorization, own.tokens);
    return createContext(own, viewer, { clientAddress: request.ip, digestDesk, record: request.record });
  } catch (error) {
    // Apollo takes the status of a failed context from the error's extensions.
    if (!(error instanceof PapergraphError)) throw error;
    request.record?.errorCodes.push(error.code);
    throw new GraphQLError(error.message, {
      extensions: { code: error.code, http: refusalOf(error) },
      originalError: error,
    });
  }
}

/**
 * GraphQL over HTTP: with application/graphql-response+json an answer without data has a status of 4xx or 5xx; with
 * application/json a request that was executed is 200 whatever came of it.
 */
const statusPlugin: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ request, response }) {
        const { body, http } = response;
        if (body.kind !== "single") return Promise.resolve();
        const { data, errors } = body.singleResult;
        const accepts = request.http?.headers.get("accept") ?? "";
        if (data == null && errors?.length && accepts.includes("application/graphql-response+json")) {
          http.status = Math.max(http.status ?? 0, statusOf(errors));
        }
        return Promise.resolve();
      },
    }),
};
