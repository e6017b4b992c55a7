import type { FastifyInstance } from "fastify";
import sql from "sql-template-tag";
import type { DataSource } from "typeorm";
import { databaseOf } from "./database/data-source.js";

/** /healthz: the process lives. /readyz: it can answer: the database is there and its schema is this version's. */
export function registerHealth(app: FastifyInstance, source: DataSource): void {
  const expected = source.migrations.map((migration) => migration.name ?? migration.constructor.name);
  app.get("/healthz", { config: { quiet: true, cost: 0 } }, () => ({ status: "ok" }));
  app.get("/readyz", { config: { quiet: true, cost: 0 } }, async (_request, reply) => {
    if (app.isDraining)
      return reply.code(503).send({ status: "unavailable", reason: "this instance is stopping" });
    try {
      const rows = await databaseOf(source).query<{ name: string }>(
        "health.migrations",
        sql`SELECT name FROM migrations`,
      );
      const ran = new Set(rows.map((row) => row.name));
      if (expected.every((name) => ran.has(name))) return { status: "ready" };
      return await reply
        .code(503)
        .send({ status: "unavailable", reason: "the database's schema is older than this version" });
    } catch {
      return reply.code(503).send({ status: "unavailable", reason: "the database cannot be reached" });
    }
  });
}
