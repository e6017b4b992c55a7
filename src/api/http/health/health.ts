import type { FastifyInstance } from "fastify";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { DataSource } from "typeorm";
import type { DatabaseFailure } from "../../../platform/database/driver-errors.js";
import { watchDatabase, type DatabaseWatcher } from "./database-watcher.js";

/** Milliseconds between two log lines about the same reason. */
const LOG_EVERY = 10_000;

/** Of a health route: not counted, not charged, in no log. */
const QUIET = { quiet: true, cost: 0 };

/**
 * /healthz: the process lives. /readyz: it can answer: the database is there and its schema is this version's. Both
 * answer from memory, so that nobody gets anything done by asking often.
 */
export function registerHealth(app: FastifyInstance, source: DataSource): void {
  let watcher: DatabaseWatcher | null = null;
  app.addHook("onReady", async () => {
    watcher = await watchDatabase(source, ({ isReady, reason }) => {
      if (isReady && reason === null) app.log.info("the database is ready");
      else app.log.warn({ isReady }, reason ?? "");
    });
  });
  app.addHook("onClose", async () => watcher?.stop());
  logFailures(app);
  app.get("/healthz", { config: QUIET }, () => ({ status: "ok" }));
  app.get("/readyz", { config: QUIET }, (_request, reply) => {
    if (app.isDraining)
      return reply.code(503).send({ status: "unavailable", reason: "this instance is stopping" });
    const { isReady, reason } = watcher?.state ?? { isReady: false, reason: "this instance is starting" };
    if (!isReady) return reply.code(503).send({ status: "unavailable", reason });
    return reply.send({ status: "ready", ...(reason !== null && { reason }) });
  });
}

/** Says in the log why callers get 503, a line for each reason and ten seconds. */
function logFailures(app: FastifyInstance): void {
  const reasons = new Map<string, { loggedAt: number; since: number }>();
  const onFailure = (event: unknown): void => {
    const { reason, message, label } = event as DatabaseFailure;
    const known = reasons.get(reason) ?? { loggedAt: -Infinity, since: 0 };
    reasons.set(reason, known);
    known.since++;
    if (performance.now() - known.loggedAt < LOG_EVERY) return;
    app.log.warn({ reason, statement: label, failures: known.since }, `answered 503: ${message}`);
    Object.assign(known, { loggedAt: performance.now(), since: 0 });
  };
  subscribe("papergraph:database-failure", onFailure);
  app.addHook("onClose", (_app, done) => {
    unsubscribe("papergraph:database-failure", onFailure);
    done();
  });
}
