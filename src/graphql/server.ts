import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from "@apollo/server/plugin/disabled";
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from "@as-integrations/fastify";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { createContext, type Context, type Stores } from "../context.js";
import type { DigestDesk } from "../digest/digest-desk.js";
import { PapergraphError } from "../errors.js";
import { observabilityPlugin, recordOfError } from "../observability/graphql-plugin.js";
import { storesFor } from "../observability/stores-for.js";
import { traceResolvers } from "../observability/trace-resolvers.js";
import { authenticate } from "../users/authenticate.js";
import { compiledExecutor } from "./compiled-executor.js";
import { documentLimits } from "./document-limits.js";
import { asGraphqlError, formatError, statusOf } from "./format-error.js";
import type { GraphqlLimits } from "./limit-settings.js";
import { operationLimits } from "./operation-limits.js";
import { persistedQueries } from "./persisted-queries.js";
import { publicAnswers } from "./public-answers.js";
import { registerQueryPage } from "./query-page.js";
import { buildGraphqlSchema } from "./schema.js";
import { readTrustedDocuments, refuseUntrusted, type TrustedDocuments } from "./trusted-documents.js";

export interface GraphqlOptions {
  stores: Stores;
  digestDesk: DigestDesk | null;
  introspection: boolean;
  /** Whether browsers get a page to write queries on. */
  graphiql: boolean;
  limits: GraphqlLimits;
  /** The file of the only documents that are run; null runs any. */
  trustedDocuments: string | null;
  /** Whether resolvers are told to the traces. */
  traced: boolean;
}

/** Opens the GraphQL door at /graphql. */
export async function registerGraphql(
  app: FastifyInstance,
  { stores, digestDesk, introspection, graphiql, limits, trustedDocuments, traced }: GraphqlOptions,
): Promise<void> {
  const trusted = trustedDocuments === null ? null : readTrustedDocuments(trustedDocuments);
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
      statusPlugin,
      observabilityPlugin,
    ],
  });
  await apollo.start();
  const handler = fastifyApolloHandler(apollo, {
    context: (request) => contextOf(request, stores, digestDesk, trusted),
  });
  if (graphiql) await registerQueryPage(app);
  app.route({ method: ["GET", "POST"], url: "/graphql", config: { cost: "later" }, handler });
}

async function contextOf(
  request: FastifyRequest,
  stores: Stores,
  digestDesk: DigestDesk | null,
  trusted: TrustedDocuments | null,
): Promise<Context> {
  try {
    const { budget, record } = request;
    budget?.refuseSpent();
    if (trusted) refuseUntrusted(trusted, request);
    const own = storesFor(request, stores);
    const viewer = await authenticate(request.headers.authorization, own.tokens);
    if (viewer) request.tokenIsGood();
    return createContext(own, viewer, { clientAddress: request.ip, digestDesk, budget, record });
  } catch (error) {
    if (!(error instanceof PapergraphError)) throw error;
    request.record?.errorCodes.push(error.code);
    throw asGraphqlError(error);
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
