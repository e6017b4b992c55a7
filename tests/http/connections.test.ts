import { once } from "node:events";
import { gzipSync } from "node:zlib";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FastifyInstance } from "fastify";
import { createApp } from "../../src/app.js";
import { testApi } from "../support/api.js";
import { rawSocket } from "../support/raw-socket.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

/** The times that are ten seconds and more elsewhere. */
const QUICK = {
  headersTimeout: 300,
  requestTimeout: 500,
  keepAliveTimeout: 200,
  answerTimeout: 500,
  checkInterval: 50,
  maxHeaderSize: 4_096,
  bodyLimit: 2_048,
};

let database: TestDatabase;
let app: FastifyInstance;
beforeAll(async () => {
  database = await testDatabase();
  app = await createApp(
    { logLevel: "silent", graphiql: false, introspection: false, http: QUICK },
    database.source,
  );
  app.get("/test/large", () => ({ large: "x".repeat(20_000_000) }));
  await app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const HEAD = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

async function stillServes(): Promise<void> {
  const { port } = app.server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(await response.json()).toEqual({ status: "ok" });
}

describe("a slow client", () => {
  it("that says nothing at all is told so and left", async () => {
    const { ended } = await rawSocket(app);
    expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
    await stillServes();
  });

  it("that sends its headers letter by letter is told so and left", async () => {
    const { socket, ended } = await rawSocket(app);
    const drip = setInterval(() => socket.write("X"), 20);
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    const answer = await ended;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
    expect(answer).toContain('{"error":"The request did not come in time.","code":"BAD_USER_INPUT"}');
    await stillServes();
  });

  it("that sends its body letter by letter is told so and left", async () => {
    const { socket, ended } = await rawSocket(app);
    socket.write(`${HEAD}Content-Length: 1000\r\n\r\n{`);
    const drip = setInterval(() => socket.write(" "), 20);
    const answer = await ended;
    clearInterval(drip);
    expect(answer).toMatch(/408/);
    await stillServes();
  });

  it("that does not read its answer is left", async () => {
    const { port } = app.server.address() as AddressInfo;
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const answered = new Promise<void>((resolve) => {
      app.server.once("request", (_request, response) => {
        response.once("close", resolve);
      });
    });
    socket.pause();
    socket.write("GET /test/large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await answered;
    let received = 0;
    socket.on("data", (chunk: Buffer) => (received += chunk.length));
    socket.resume();
    await once(socket, "close");
    expect(received).toBeLessThan(20_000_000);
    await stillServes();
  });

  it("that asks nothing more is left after the time for which connections are kept", async () => {
    const { socket, ended } = await rawSocket(app);
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(await ended).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("a request that is too large", () => {
  it("in its headers is refused before anything reads it", async () => {
    const { socket, ended } = await rawSocket(app);
    socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(10_000)}\r\n\r\n`);
    const answer = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"code":"BAD_USER_INPUT"');
  });

  it("in its body is refused by what it says, and by what it sends", async () => {
    const said = await rawSocket(app);
    said.socket.write(`${HEAD}Content-Length: 3000\r\n\r\n`);
    expect(await said.ended).toMatch(/^HTTP\/1\.1 413 /);
    const sent = await rawSocket(app);
    sent.socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\nbb8\r\n${" ".repeat(3_000)}\r\n`);
    expect(await sent.ended).toMatch(/^HTTP\/1\.1 413 /);
    await stillServes();
  });

  it("once it is inflated never is: compressed bodies are refused", async () => {
    for (const encoding of ["gzip", "br", "deflate", "gzip, identity", "x"]) {
      const response = await app.inject({
        method: "POST",
        url: "/graphql",
        headers: { "content-type": "application/json", "content-encoding": encoding },
        payload: gzipSync('{"query":"{ __typename }"}'),
      });
      expect(response.statusCode, encoding).toBe(415);
      expect(response.headers).toMatchObject({
        "accept-encoding": "identity",
        "access-control-allow-origin": "*",
      });
      expect(response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    }
  });

  it.each([
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/xml",
    "",
  ])("or another type is refused: %s", async (type) => {
    for (const url of ["/graphql", "/api/papers/2501.00001/comment", "/api/digest/subscriptions"]) {
      const response = await app.inject({
        method: "POST",
        url,
        headers: { ...(type && { "content-type": type }) },
        payload: "query=mutation",
      });
      expect(response.statusCode, url).toBe(415);
    }
  });
});

describe("what is no HTTP", () => {
  it.each([
    "\r\n\r\nnonsense\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET /healthz HTTP/1.1\r\n\r\n",
    `${HEAD}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "\x16\x03\x01\x02\x00",
  ])("is refused: %j", async (bytes) => {
    const { socket, ended } = await rawSocket(app);
    socket.end(bytes);
    expect(await ended).toMatch(/^HTTP\/1\.1 400 /);
    await stillServes();
  });
});

describe("too many connections", () => {
  it("are closed at once, and told in the log; those that are there are served on", async () => {
    const lines: string[] = [];
    const other = await testApi({
      http: { maxConnections: 2 },
      logLevel: "warn",
      logStream: { write: (line) => lines.push(line) },
    });
    await other.app.listen({ port: 0, host: "127.0.0.1" });
    const first = await rawSocket(other.app);
    const second = await rawSocket(other.app);
    const third = await rawSocket(other.app);
    expect(await third.ended).toBe("");
    for (const { socket, ended } of [first, second]) {
      socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      expect(await ended).toMatch(/^HTTP\/1\.1 200 /);
    }
    expect(lines.join("")).toContain("connections were refused");
    await other.close();
  });
});
