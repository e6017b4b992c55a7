import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { papergraph } from "../support/command.js";
import { eventually } from "../support/eventually.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

const CLIENTS = 30;

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());

interface Tally {
  answered: number;
  closing: number;
  /** Requests on connections that were made, and got no whole answer. */
  lost: string[];
}

/** Asks on and on over one kept connection, until nobody listens any more. */
async function askOn(url: string, tally: Tally, isOver: () => boolean): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = JSON.stringify({ query: '{ papers(search: "nvidia", first: 5) { nodes { title } } }' });
  const ask = () =>
    new Promise<"answered" | "refused">((resolve, reject) => {
      let isConnected = false;
      const asked = request(
        `${url}/graphql`,
        { agent, method: "POST", headers: { "content-type": "application/json" } },
        (response) => {
          if (response.headers.connection === "close") tally.closing += 1;
          response.on("end", () => {
            if (response.complete && response.statusCode === 200) resolve("answered");
            else reject(new Error(`status ${response.statusCode ?? 0}`));
          });
          response.on("error", reject).resume();
        },
      );
      asked.on("socket", (socket) => {
        isConnected = !socket.connecting;
        if (!isConnected) socket.once("connect", () => (isConnected = true));
      });
      asked.on("error", (error) => {
        if (isConnected) reject(error);
        else resolve("refused");
      });
      asked.end(body);
    });
  while (!isOver()) {
    const outcome = await ask().catch((error: unknown) => {
      tally.lost.push(String(error));
      return "lost";
    });
    if (outcome === "answered") tally.answered += 1;
    else break;
  }
  agent.destroy();
}

it("answers every request that it took when it is told to stop under load, and ends with 0", async () => {
  const server = papergraph(["serve"], {
    DATABASE_URL: test.url,
    LOG_LEVEL: "silent",
    RATE_LIMIT: "off",
    HTTP_MAX_REQUESTS_PER_CALLER: "100",
    HTTP_MAX_CONNECTIONS_PER_ADDRESS: "100",
  });
  const [, url] = await server.says(/listens on (http:\S+)/);
  await server.says(/Ctrl-C/);
  const tally: Tally = { answered: 0, closing: 0, lost: [] };
  const clients = Array.from({ length: CLIENTS }, () => askOn(url!, tally, () => false));
  await eventually("the server is under load", () => tally.answered > 300);
  const stoppedAt = performance.now();
  server.process.kill("SIGTERM");
  await eventually("readiness is red while requests are answered", async () => {
    return (await fetch(`${url}/readyz`)).status === 503;
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await Promise.all(clients);
  const { code } = await server.ended;
  expect(tally.lost).toEqual([]);
  expect(tally.closing).toBe(CLIENTS);
  expect(code).toBe(0);
  // The promise to operators, not a measurement: what comes later is killed by who stops services.
  expect(performance.now() - stoppedAt).toBeLessThan(10_000);
});

it("answers what comes on a kept connection after the last listener is closed", async () => {
  const server = papergraph(["serve"], { DATABASE_URL: test.url, LOG_LEVEL: "silent", SHUTDOWN_DELAY: "0" });
  const [, url] = await server.says(/listens on (http:\S+)/);
  await server.says(/Ctrl-C/);
  const { port } = new URL(url!);
  const kept = connect(Number(port), "127.0.0.1");
  let received = "";
  kept.on("data", (chunk) => (received += String(chunk)));
  const closed = once(kept, "close");
  const ask = () => kept.write("GET /api/papers?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  const answers = () => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  ask();
  await eventually("the first answer is there", () => answers().length === 1);
  server.process.kill("SIGTERM");
  await eventually("nobody listens any more", () =>
    fetch(`${url}/healthz`).then(
      () => false,
      () => true,
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  ask();
  await closed;
  expect(answers()).toEqual(["200", "200"]);
  expect(received).toMatch(/connection: close/i);
  expect((await server.ended).code).toBe(0);
});

it("cuts a request that does not end within DRAIN_TIMEOUT, and still ends with 0", async () => {
  const server = papergraph(["serve"], {
    DATABASE_URL: test.url,
    LOG_LEVEL: "silent",
    DRAIN_TIMEOUT: "500",
    SHUTDOWN_DELAY: "0",
  });
  const [, url] = await server.says(/listens on (http:\S+)/);
  await server.says(/Ctrl-C/);
  // Headers and half of a body: a request that never ends.
  const slow = request(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": 100 },
  });
  const cut = new Promise<string>((resolve) =>
    slow.on("error", (error) => {
      resolve(error.message);
    }),
  );
  slow.write("{");
  await new Promise((resolve) => slow.on("socket", (socket) => socket.once("connect", resolve)));
  server.process.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
  expect(await cut).toBe("socket hang up");
});

it("does not wait for those who left before they were answered", async () => {
  const server = papergraph(["serve"], { DATABASE_URL: test.url, LOG_LEVEL: "silent", SHUTDOWN_DELAY: "0" });
  const [, url] = await server.says(/listens on (http:\S+)/);
  await server.says(/Ctrl-C/);
  await test.db.transaction(async (tx) => {
    await tx.query("test.lock", sql`LOCK TABLE papers IN ACCESS EXCLUSIVE MODE`);
    const leaving = request(`${url}/api/papers`).on("error", () => undefined);
    leaving.end();
    await eventually("the request waits for the table", async () => {
      const waiting = sql`SELECT FROM pg_locks WHERE NOT granted`;
      return (await test.db.query("test.waiting", waiting)).length > 0;
    });
    leaving.destroy();
  });
  const stoppedAt = performance.now();
  server.process.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
  expect(performance.now() - stoppedAt).toBeLessThan(10_000);
});
