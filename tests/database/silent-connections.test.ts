import { inject } from "vitest";
import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { papergraph, type Running } from "../support/command.js";
import { createDataSource, closeSource, databaseOf } from "../../src/platform/database/data-source.js";
import { silencingProxy, type SilencingProxy } from "../support/silencing-proxy.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let test: TestDatabase;
let proxy: SilencingProxy;
let url: string;
beforeAll(async () => {
  const server = new URL(inject("serverUrl"));
  test = await testDatabase();
  proxy = await silencingProxy(server.hostname, Number(server.port));
  const through = new URL(test.url);
  through.hostname = "127.0.0.1";
  through.port = String(proxy.port);
  url = through.href;
});
afterAll(async () => {
  await proxy.close();
  await test.drop();
});

it("fails the statement of a connection that falls silent, and goes on over new ones", async () => {
  const source = await createDataSource({ url, poolSize: 3, queryTimeout: 500 }).initialize();
  const db = databaseOf(source);
  const one = () => db.query("test.one", sql`SELECT 1 AS one`);
  await Promise.all([one(), one(), one()]);
  const asked = db.query("test.sleep", sql`SELECT pg_sleep(0.4)`);
  setTimeout(() => {
    proxy.silence();
  }, 100);
  await expect(asked).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  const made = proxy.made;
  // No other connection is waited for: all that have been quiet since are replaced.
  expect(await Promise.all([one(), one(), one()])).toEqual(Array(3).fill([{ one: 1 }]));
  expect(proxy.made).toBeGreaterThan(made);
  proxy.silence();
  await closeSource(source);
  expect(source.isInitialized).toBe(false);
});

it("answers again, and stops in time, when all connections of a server have fallen silent", async () => {
  const server: Running = papergraph(["serve"], {
    DATABASE_URL: url,
    LOG_LEVEL: "silent",
    QUERY_TIMEOUT: "1000",
    SHUTDOWN_DELAY: "0",
  });
  const [, address] = await server.says(/listens on (http:\S+)/);
  await server.says(/Ctrl-C/);
  const ask = async () => (await fetch(`${address!}/api/papers?limit=1`)).status;
  expect(await Promise.all([ask(), ask(), ask(), ask()])).toEqual([200, 200, 200, 200]);
  proxy.silence();
  const first = await Promise.all([ask(), ask()]);
  expect(first.every((status) => status === 200 || status === 503)).toBe(true);
  expect(await ask()).toBe(200);
  proxy.silence();
  const hanging = [ask().catch(() => 0), ask().catch(() => 0)];
  server.process.kill("SIGTERM");
  const { code } = await server.ended;
  await Promise.all(hanging);
  expect(code).toBe(0);
});
