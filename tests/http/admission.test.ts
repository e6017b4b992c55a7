import { request } from "node:http";
import type { AddressInfo } from "node:net";
import sql from "sql-template-tag";
import { afterEach, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { rawSocket } from "../support/raw-socket.js";

let api: Api;
afterEach(() => api.close());

/** Runs `work` while no statement about papers gets on. */
async function whilePapersAreLocked(work: () => Promise<void>): Promise<void> {
  await api.db.transaction(async (tx) => {
    await tx.query("test.lock", sql`LOCK TABLE papers IN ACCESS EXCLUSIVE MODE`);
    await work();
  });
}

const waitingStatements = async (): Promise<number> => {
  const waiting = sql`SELECT FROM pg_locks WHERE NOT granted AND relation = 'papers'::regclass`;
  return (await api.db.query("test.waiting", waiting)).length;
};

const ROUTES = [
  { url: "/api/papers" },
  { url: "/feeds/papers.atom" },
  { method: "POST" as const, url: "/graphql", payload: { query: "{ papers { totalCount } }" } },
];

it("bounds the requests of one caller that are under way, and nobody else's", async () => {
  api = await testApi({ http: { requestsPerCaller: 3 }, trustProxy: ["loopback"] }, { poolSize: 8 });
  await buildPaper(api.db);
  const ask = (address: string, route: (typeof ROUTES)[number] = ROUTES[0]!) =>
    api.app.inject({ ...route, headers: { "x-forwarded-for": address } });
  const others: ReturnType<typeof ask>[] = [];
  await whilePapersAreLocked(async () => {
    others.push(...ROUTES.map((route) => ask("192.0.2.1", route)));
    await eventually("three requests wait", async () => (await waitingStatements()) === 3);
    for (const route of ROUTES) {
      const refused = await ask("192.0.2.1", route);
      expect([refused.statusCode, refused.headers["retry-after"]], route.url).toEqual([429, "1"]);
      expect(refused.body, route.url).toContain("RATE_LIMITED");
    }
    others.push(ask("192.0.2.2"));
    await eventually("another caller's request waits, too", async () => (await waitingStatements()) === 4);
    expect((await ask("192.0.2.1", { url: "/healthz" })).statusCode).toBe(200);
  });
  for (const { statusCode } of await Promise.all(others)) expect(statusCode).toBe(200);
  expect((await ask("192.0.2.1")).statusCode).toBe(200);
});

it("gives no place to requests whose bodies never come", async () => {
  api = await testApi(
    { http: { connectionsPerAddress: 1_000, requestsPerCaller: 2 } },
    { poolSize: 2, maxWaiting: 4 },
  );
  await api.app.listen({ port: 0, host: "127.0.0.1" });
  const sockets = await Promise.all(Array.from({ length: 100 }, () => rawSocket(api.app)));
  const arrived = new Promise<void>((resolve) => {
    let count = 0;
    api.app.server.on("request", () => {
      if (++count === sockets.length) resolve();
    });
  });
  for (const { socket } of sockets)
    socket.write(
      "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
  await arrived;
  expect(await api.data("{ papers { totalCount } }")).toEqual({ papers: { totalCount: 0 } });
  for (const { socket } of sockets) socket.destroy();
});

it("gives back the place of a client that has left when its statement has ended", async () => {
  api = await testApi({ http: { requestsPerCaller: 1 } });
  await buildPaper(api.db);
  await api.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = api.app.server.address() as AddressInfo;
  await whilePapersAreLocked(async () => {
    const leaving = request({ port, path: "/api/papers" }).on("error", () => undefined);
    leaving.end();
    await eventually("the request waits", async () => (await waitingStatements()) === 1);
    expect((await fetch(`http://127.0.0.1:${port}/api/papers`)).status).toBe(429);
    const left = new Promise((resolve) => leaving.once("close", resolve));
    leaving.destroy();
    await left;
  });
  await eventually("the place is free", async () => {
    return (await fetch(`http://127.0.0.1:${port}/api/papers`)).status === 200;
  });
});
