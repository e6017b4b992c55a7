import cors from "@fastify/cors";
import { randomUUID } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import type { Redis } from "ioredis";
import type { DataSource } from "typeorm";
import type { Config } from "./config/config.js";
import { createStores } from "./context/request-context.js";
import { columnsOf } from "./platform/database/columns.js";
import { databaseOf } from "./platform/database/data-source.js";
import { openReplicas, type Replicas } from "./platform/database/replicas/replicas.js";
import { openDigestDesk } from "./digest/subscription.service.js";
import type { DigestSettings } from "./config/digest.config.js";
import { registerDigest } from "./digest/subscription.routes.js";
import { registerFeeds } from "./feeds/feed.routes.js";
import { readGraphqlLimits } from "./config/graphql.config.js";
import { openResponseCache } from "./api/graphql/caching/response-cache.js";
import { registerGraphql } from "./api/graphql/server.js";
import { registerHealth } from "./api/http/health/health.js";
import { openReading } from "./context/read-router.js";
import { registerRateLimits } from "./api/http/rate-limits.js";
import { openRedis } from "./platform/redis/open-redis.js";
import { ImportRunStore } from "./import/import-run.store.js";
import { registerObservability } from "./platform/observability/observability.js";
import { readObservabilitySettings, type ObservabilitySettings } from "./config/observability.config.js";
import { RequestLog, type RequestObservers } from "./platform/observability/observe-requests.js";
import { withOldPaperId } from "./api/rest/old-paper-ids.js";
import { registerRest } from "./api/rest/server.js";
import { registerAdmission } from "./api/http/connections/admission.js";
import { registerCaching } from "./api/http/caching.js";
import { boundConnections } from "./api/http/connections/connections.js";
import { registerDraining } from "./api/http/connections/draining.js";
import { originForm, registerRequestRules } from "./api/http/request-validation.js";
import { answerUnreadable, registerErrorAnswers } from "./api/http/error-handler.js";
import { readHttpSettings, type HttpSettings } from "./config/http.config.js";
import { safeLogging } from "./api/http/log-redaction.js";
import { registerOpenapi } from "./api/http/openapi.js";
import { boundPipelines } from "./api/http/pipelines.js";
import { registerSecurityHeaders } from "./api/http/security-headers.js";
import { boundAnswers, serverOptions } from "./api/http/server-options.js";
import { VALIDATION } from "./api/http/validation.js";
import { openIdentityProvider } from "./auth/identity-provider.js";
import { registerRequestWork } from "./platform/work/register-request-work.js";
import { WORK_BOUNDS, type WorkBounds } from "./platform/work/work-bounds.js";

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
  "X-Search-Relaxed",
  "X-Request-Id",
  "X-Error-Code",
  "X-Error-Message",
  "Retry-After",
  "RateLimit",
  "RateLimit-Policy",
];

interface AppSettings extends Pick<
  Config,
  | "trustProxy"
  | "publicUrl"
  | "identityProvider"
  | "replicaUrls"
  | "graphqlLimits"
  | "trustedDocuments"
  | "rateLimits"
  | "redisUrl"
  | "responseCache"
> {
  http: Partial<HttpSettings>;
  /** Takes the lines of the log in place of standard output. */
  logStream: { write(line: string): void } | null;
  /** What one request may use. */
  workBounds: WorkBounds;
  /** Null for a server without a digest. */
  digestSettings: DigestSettings | null;
  /** Without it, there are no metrics and no traces. */
  observability: ObservabilitySettings;
}

/** What is left out is as without configuration, and nobody's requests are counted. */
export type AppConfig = Pick<Config, "logLevel" | "graphiql" | "introspection"> & Partial<AppSettings>;

const DEFAULTS: AppSettings = {
  trustProxy: [],
  publicUrl: null,
  identityProvider: null,
  replicaUrls: [],
  graphqlLimits: readGraphqlLimits({}),
  trustedDocuments: null,
  rateLimits: null,
  redisUrl: null,
  responseCache: 0,
  http: {},
  logStream: null,
  workBounds: WORK_BOUNDS,
  digestSettings: null,
  observability: readObservabilitySettings({ METRICS: "off" }),
};

/** Puts the application together; nothing else builds anything. Listening and closing are the caller's. */
export async function createApp(config: AppConfig, source: DataSource): Promise<FastifyInstance> {
  const settings = { ...DEFAULTS, ...config };
  const { publicUrl, identityProvider, digestSettings, observability } = settings;
  const observers: RequestObservers = { slow: observability.slowOperation, metrics: null, tracing: null };
  const db = databaseOf(source);
  const http = { ...readHttpSettings({}), ...settings.http };
  const app = openHttp(settings, http, observers);
  await registerObservability(app, observers, observability, {
    pools: { primary: () => db.poolState },
    imports: new ImportRunStore(db),
  });
  const redis = settings.redisUrl === null ? null : openRedis(app, settings.redisUrl);
  await registerDoorRules(app, settings, redis);
  registerAdmission(app, db, http.requestsPerCaller);
  registerHealth(app, source);
  const columns = columnsOf(source);
  const stores = createStores(db, columns, identityProvider && openIdentityProvider(identityProvider));
  const responses = settings.responseCache > 0 ? openResponseCache(settings.responseCache, redis) : null;
  const reading = openReading(columns, await replicasOf(app, source, settings.replicaUrls), () => {
    responses?.clear();
  });
  const digestDesk = digestSettings && openDigestDesk(digestSettings, stores.subscriptions, app.log);
  const traced = observability.tracing;
  await registerGraphql(app, {
    ...settings,
    limits: settings.graphqlLimits,
    stores,
    reading,
    digestDesk,
    responses,
    traced,
  });
  await registerRest(app, { stores, reading, publicUrl });
  registerFeeds(app, { stores, reading, publicUrl });
  registerDigest(app, { digestDesk, subscriptions: stores.subscriptions });
  return app;
}

function openHttp(
  settings: AppSettings & AppConfig,
  http: HttpSettings,
  observers: RequestObservers,
): FastifyInstance {
  const { logLevel, logStream, trustProxy, publicUrl } = settings;
  const app = Fastify({
    logger: { ...safeLogging(logLevel), ...(logStream && { stream: logStream }) },
    logController: new RequestLog(observers),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: trustProxy.length ? trustProxy : false,
    routerOptions: { maxParamLength: MAX_PARAMETER },
    rewriteUrl: (request) => withOldPaperId(originForm(request)),
    frameworkErrors: answerUnreadable(http),
    ...serverOptions(http),
    ...VALIDATION,
  });
  boundConnections(app, http, trustProxy);
  boundPipelines(app);
  boundAnswers(app, http);
  registerSecurityHeaders(app, publicUrl);
  return app;
}

/** What holds for requests whatever they ask for. */
async function registerDoorRules(
  app: FastifyInstance,
  settings: AppSettings,
  redis: Redis | null,
): Promise<void> {
  const { rateLimits, publicUrl } = settings;
  const { deadline = settings.workBounds.deadline } = settings.http;
  registerRequestWork(app, { ...settings.workBounds, deadline });
  registerDraining(app);
  registerErrorAnswers(app);
  registerCaching(app);
  // By default every site may ask: nothing here hangs on cookies, and an access token is given by who holds it.
  await app.register(cors, {
    origin: settings.http.corsOrigins ?? "*",
    methods: METHODS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
    strictPreflight: false,
  });
  registerRequestRules(app);
  registerRateLimits(app, rateLimits, redis);
  await registerOpenapi(app, publicUrl);
}

async function replicasOf(
  app: FastifyInstance,
  source: DataSource,
  urls: readonly string[],
): Promise<Replicas | null> {
  if (!urls.length) return null;
  const replicas = await openReplicas(urls, source, (text) => {
    app.log.warn(text);
  });
  app.addHook("onClose", () => replicas.close());
  return replicas;
}
