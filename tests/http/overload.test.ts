import sql from "sql-template-tag";
import { afterEach, describe, expect, it } from "vitest";
import type { Database } from "../../src/platform/database/database.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { eventually } from "../support/eventually.js";

let api: Api;
const releases: (() => void)[] = [];
afterEach(() => {
  for (const release of releases.splice(0)) release();
  return api.close();
});

/** Takes connections until it is told to give them back, or the test is over. */
async function hold(db: Database, connections: number): Promise<() => Promise<unknown>> {
  const held: Promise<void>[] = [];
  for (let n = 0; n < connections; n++)
    await new Promise<void>((taken) => {
      held.push(
        db.connected(
          () =>
            new Promise((resolve) => {
              releases.push(resolve);
              taken();
            }),
        ),
      );
    });
  return () => {
    for (const release of releases) release();
    return Promise.all(held);
  };
}

const ask = (query: string, accept = "application/json") =>
  api.app.inject({ method: "POST", url: "/graphql", headers: { accept }, payload: { query } });

describe("a server whose connections are all in use", () => {
  it("refuses with 503 and Retry-After what would wait behind too many, and serves on afterwards", async () => {
    // One caller fills a quarter of the queue at most: two of eight.
    api = await testApi({}, { poolSize: 2, maxWaiting: 8, waitTimeout: 20_000 });
    await buildPaper(api.db);
    const release = await hold(api.db, 2);
    const waiting = [1, 2].map(() => ask("{ papers { totalCount } }"));
    await eventually("they wait for a connection", () => api.db.poolState.waiting === 2);
    const refused = await ask("{ papers { totalCount } }");
    expect(refused.statusCode).toBe(503);
    expect(refused.headers["retry-after"]).toBe("1");
    const errors = [
      { path: ["papers", "totalCount"], extensions: { code: "SERVICE_UNAVAILABLE", retryAfter: 1 } },
    ];
    expect(refused.json()).toMatchObject({ data: { papers: null }, errors });
    // By its specification, what has data is 200: here a null.
    const strict = await ask("{ papers { totalCount } }", "application/graphql-response+json");
    expect(strict.statusCode).toBe(200);
    expect(strict.json()).toMatchObject({ data: { papers: null }, errors });
    const rest = await api.app.inject("/api/papers");
    expect(rest.statusCode).toBe(503);
    expect(rest.headers["retry-after"]).toBe("1");
    expect(rest.json()).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    await release();
    for (const answer of await Promise.all(waiting))
      expect(answer.json()).toEqual({ data: { papers: { totalCount: 1 } } });
    expect((await ask("{ papers { totalCount } }")).statusCode).toBe(200);
  });

  it("lets nobody wait longer than allowed", async () => {
    api = await testApi({}, { poolSize: 1, waitTimeout: 200 });
    const release = await hold(api.db, 1);
    const answer = await ask("{ papers { totalCount } }");
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    await release();
    expect((await ask("{ papers { totalCount } }")).statusCode).toBe(200);
  });

  it("answers each of many requests, with what was asked or a refusal", async () => {
    api = await testApi({ http: { requestsPerCaller: 1_000 } }, { poolSize: 2 });
    for (let n = 0; n < 5; n++) await buildPaper(api.db);
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => ask("{ papers { totalCount nodes { title tags { name } } } }")),
    );
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const { statusCode, headers } of answers)
      if (statusCode === 503) expect(headers["retry-after"]).toBeDefined();
    expect((await ask("{ papers { totalCount } }")).statusCode).toBe(200);
  });

  it("tells what it could not read beside what it could", async () => {
    api = await testApi({}, { poolSize: 1, waitTimeout: 200 });
    const release = await hold(api.db, 1);
    const answer = await ask('{ __typename paper(id: "2401.00001") { title } }');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      data: { __typename: "Query", paper: null },
      errors: [{ path: ["paper"], extensions: { code: "SERVICE_UNAVAILABLE" } }],
    });
    await release();
  });
});

describe("connections to the database", () => {
  it("end statements, waits for locks and idle transactions that take too long", async () => {
    api = await testApi({}, { queryTimeout: 5_000 });
    const settings = await api.db.query<{ name: string; setting: string }>(
      "test.settings",
      sql`SELECT name, setting FROM pg_settings
          WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout') ORDER BY name`,
    );
    expect(settings.map(({ setting }) => Number(setting))).toEqual([10_000, 2_000, 5_000]);
  });

  it("that are lost while they are lent and idle end the work, not the process", async () => {
    api = await testApi();
    const work = api.db.connected(async (client) => {
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      const ended = new Promise((resolve) => client.once("end", resolve));
      await api.db.query("test.kill", sql`SELECT pg_terminate_backend(${rows[0]?.pid})`);
      await ended;
      return client.query("SELECT 1");
    });
    await expect(work).rejects.toBeDefined();
    expect((await ask("{ papers { totalCount } }")).statusCode).toBe(200);
  });
});
