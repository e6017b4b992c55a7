import type { FastifyInstance } from "fastify";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { eventually } from "../support/eventually.js";
import { onServer } from "../support/on-server.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let test: TestDatabase;
let app: FastifyInstance;
const lines: string[] = [];
beforeAll(async () => {
  test = await testDatabase({ poolSize: 2, waitTimeout: 300 });
  app = await createApp(
    {
      logLevel: "info",
      graphiql: false,
      introspection: true,
      logStream: {
        write: (line) => {
          lines.push(line);
        },
      },
    },
    test.source,
  );
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await test.drop();
});

async function readiness(): Promise<{ code: number; reason?: string }> {
  const { statusCode, body } = await app.inject("/readyz");
  return { code: statusCode, reason: (JSON.parse(body) as { reason?: string }).reason };
}

describe("readiness", () => {
  it("is told without a statement over the pool", async () => {
    const before = test.db.poolState;
    for (let n = 0; n < 20; n++) expect(await readiness()).toEqual({ code: 200, reason: undefined });
    expect(test.db.poolState).toEqual(before);
  });

  it("tells a full pool from a lost database, and the log says why callers get 503", async () => {
    const blocked = [1, 2].map(() => test.db.query("test.block", sql`SELECT pg_sleep(3)`));
    const waiting = test.db.query("test.waits", sql`SELECT 1`).catch(() => undefined);
    await waiting;
    await test.db.query("test.refused", sql`SELECT 1`).catch(() => undefined);
    expect((await readiness()).code).toBe(200);
    expect(lines.filter((line) => line.includes('"reason":"QUEUE_FULL"'))).toHaveLength(1);
    await Promise.all(blocked);
  });

  it("says that the schema is older or newer", async () => {
    await onServer(
      test.url,
      "INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Future9999999999999')",
    );
    await eventually("it says so", async () => /newer/.test((await readiness()).reason ?? ""));
    // The new version's first instance migrates before it serves.
    expect((await readiness()).code).toBe(200);
    await onServer(
      test.url,
      "DELETE FROM migrations WHERE name = 'Future9999999999999' OR id = (SELECT max(id) - 1 FROM migrations)",
    );
    await eventually("it is red", async () => (await readiness()).code === 503);
    expect((await readiness()).reason).toMatch(/older/);
  });
});
