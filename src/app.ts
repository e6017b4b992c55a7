import { randomUUID } from "node:crypto";
import etag from "@fastify/etag";
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
import { registerGraphql } from "./graphql/server.js";
import { registerHealth } from "./health.js";

/** Bytes of a request's body: a thousand times a usual query. */
const BODY_LIMIT = 256 * 1024;

export type AppConfig = Pick<Config, "logLevel" | "graphiql" | "introspection"> &
  Partial<Pick<Config, "trustProxy" | "publicUrl">> & {
    /** Null for a server without a digest. */
    digestSettings?: DigestSettings | null;
  };

/** Puts the application together; nothing else builds anything. Listening and closing are the caller's. */
export async function createApp(config: AppConfig, source: DataSource): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: config.logLevel, redact: ["req.headers.authorization"] },
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustProxy?.length ? config.trustProxy : false,
    bodyLimit: BODY_LIMIT,
    // Milliseconds: slow clients do not hold a connection for ever.
    requestTimeout: 15_000,
    keepAliveTimeout: 5_000,
    connectionTimeout: 30_000,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    ajv: { customOptions: { coerceTypes: false } },
  });
  // JSON is all that is spoken here; text/plain would let a form of another site post.
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    done();
  });
  await app.register(etag);
  const db = databaseOf(source);
  registerHealth(app, source);
  const stores = createStores(db, columnsOf(source));
  const { digestSettings = null } = config;
  const digestDesk = digestSettings && openDigestDesk(digestSettings, stores.subscriptions, app.log);
  registerDigest(app, { digestDesk, subscriptions: stores.subscriptions });
  registerFeeds(app, { stores, publicUrl: config.publicUrl ?? null });
  await registerGraphql(app, { ...config, stores, digestDesk });
  return app;
}
