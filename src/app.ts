import cors from "@fastify/cors";
import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import type { DataSource } from "typeorm";
import type { Config } from "./config.js";
import { createStores } from "./context.js";
import { columnsOf } from "./database/columns.js";
import { databaseOf } from "./database/data-source.js";
import { openDigestDesk } from "./digest/digest-desk.js";
import type { DigestSettings } from "./digest/digest-settings.js";
import { registerDigest } from "./digest/subscription.routes.js";
import { registerFeeds } from "./feeds/feed.routes.js";
import { readGraphqlLimits } from "./graphql/limit-settings.js";
import { registerGraphql } from "./graphql/server.js";
import { registerHealth } from "./health.js";
import { registerRateLimits } from "./rate-limits/rate-limits.js";
import { openRedis } from "./redis/open-redis.js";
import { ImportRunStore } from "./import/import-run.store.js";
import { registerObservability } from "./observability/observability.js";
import {
  readObservabilitySettings,
  type ObservabilitySettings,
} from "./observability/observability-settings.js";
import { RequestLog, type RequestObservers } from "./observability/observe-requests.js";
import { withOldPaperId } from "./rest/old-paper-ids.js";
import { registerRest } from "./rest/rest.js";
import { registerCaching } from "./http/caching.js";
import { answerUnreadable, registerErrorAnswers } from "./http/error-answers.js";
import { registerOpenapi } from "./http/openapi.js";
import { BODY_LIMIT, VALIDATION } from "./http/validation.js";

/** Characters of a part of an address: slugs of tags have at most 600. */
const MAX_PARAMETER = 600;

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"];
/** What scripts of other sites may read beyond the few headers that they always may. */
const EXPOSED_HEADERS = [
  "Link",
  "ETag",
  "Content-Disposition",
  "X-Total-Count",
  "X-Total-Count-Relation",
  "X-Request-Id",
  "X-Error-Code",
  "X-Error-Message",
  "Retry-After",
  "RateLimit",
  "RateLimit-Policy",
];

export type AppConfig = Pick<Config, "logLevel" | "graphiql" | "introspection"> &
  Partial<
    Pick<
      Config,
      "trustProxy" | "publicUrl" | "graphqlLimits" | "trustedDocuments" | "rateLimits" | "redisUrl"
    >
  > & {
    /** Null for a server without a digest. */
    digestSettings?: DigestSettings | null;
    /** Without it, there are no metrics and no traces. */
    observability?: ObservabilitySettings;
  };

/** Puts the application together; nothing else builds anything. Listening and closing are the caller's. */
export async function createApp(config: AppConfig, source: DataSource): Promise<FastifyInstance> {
  const { observability = readObservabilitySettings({ METRICS: "off" }) } = config;
  const observers: RequestObservers = { slow: observability.slowOperation, metrics: null, tracing: null };
  const app = Fastify({
    logger: { level: config.logLevel, redact: ["req.headers.authorization"] },
    logController: new RequestLog(observers),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustProxy?.length ? config.trustProxy : false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: MAX_PARAMETER },
    rewriteUrl: ({ url }) => withOldPaperId(url ?? "/"),
    frameworkErrors: answerUnreadable,
    // Milliseconds: slow clients do not hold a connection for ever.
    requestTimeout: 15_000,
    keepAliveTimeout: 5_000,
    connectionTimeout: 30_000,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    ...VALIDATION,
  });
  const db = databaseOf(source);
  await registerObservability(app, observers, observability, {
    pools: { primary: () => db.poolState },
    imports: new ImportRunStore(db),
  });
  // JSON is all that is spoken here; text/plain would let a form of another site post.
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    done();
  });
  registerErrorAnswers(app);
  registerCaching(app);
  // Every site may ask: nothing here hangs on cookies, and an access token is given by who holds it.
  await app.register(cors, {
    methods: METHODS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    strictPreflight: false,
  });
  const { digestSettings = null, publicUrl = null, redisUrl = null } = config;
  const redis = redisUrl === null ? null : openRedis(app, redisUrl);
  registerRateLimits(app, config.rateLimits ?? null, redis);
  await registerOpenapi(app, publicUrl);
  registerHealth(app, source);
  const stores = createStores(db, columnsOf(source));
  const digestDesk = digestSettings && openDigestDesk(digestSettings, stores.subscriptions, app.log);
  const { graphqlLimits: limits = readGraphqlLimits({}), trustedDocuments = null } = config;
  await registerGraphql(app, {
    ...config,
    stores,
    digestDesk,
    limits,
    trustedDocuments,
    traced: observability.tracing,
  });
  await registerRest(app, { stores, publicUrl });
  registerFeeds(app, { stores, publicUrl });
  registerDigest(app, { digestDesk, subscriptions: stores.subscriptions });
  return app;
}
