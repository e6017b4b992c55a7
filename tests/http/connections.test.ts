import { once } from "node:events";
import { gzipSync } from "node:zlib";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FastifyInstance } from "fastify";
import { createApp, type AppConfig } from "../../src/app.js";
import { testApi, type Api } from "../support/api.js";
import { rawSocket, type RawSocket } from "../support/raw-socket.js";
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
  const lines: string[] = [];
  const listening = async (config: Partial<AppConfig>): Promise<Api> => {
    const other = await testApi({
      logLevel: "warn",
      logStream: { write: (line) => lines.push(line) },
      ...config,
    });
    await other.app.listen({ port: 0, host: "127.0.0.1" });
    return other;
  };
  const answered = async ({ socket, ended }: RawSocket): Promise<void> => {
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(await ended).toMatch(/^HTTP\/1\.1 200 /);
  };

  it.each([
    ["all addresses", { maxConnections: 2 }],
    ["one address", { connectionsPerAddress: 2 }],
  ])(
    "of %s are closed at once, with a line in the log; those that are there are served on",
    async (_of, http) => {
      lines.length = 0;
      const other = await listening({ http });
      const first = await rawSocket(other.app);
      const second = await rawSocket(other.app);
      const third = await rawSocket(other.app);
      expect(await third.ended).toBe("");
      for (const open of [first, second]) await answered(open);
      expect(lines.join("")).toContain("connections were refused");
      await answered(await rawSocket(other.app));
      await other.close();
    },
  );

  it("of one address are no others' business", async () => {
    const other = await listening({ http: { connectionsPerAddress: 1 } });
    const crowd = await rawSocket(other.app);
    expect(await (await rawSocket(other.app)).ended).toBe("");
    await answered(await rawSocket(other.app, "127.0.0.2"));
    crowd.socket.destroy();
    await other.close();
  });

  it("of a trusted proxy, which has those of many, are bounded in total only", async () => {
    const other = await listening({ http: { connectionsPerAddress: 1 }, trustProxy: ["loopback"] });
    const open = [await rawSocket(other.app), await rawSocket(other.app), await rawSocket(other.app)];
    for (const socket of open) await answered(socket);
    await other.close();
  });
});

describe("requests that are sent without waiting for answers", () => {
  const GET = "GET /api/nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";

  it("are answered one after the other, in their order", async () => {
    const { socket, ended } = await rawSocket(app);
    const paths = ["/healthz", "/openapi.json", "/api/nowhere", "/healthz"];
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(""));
    const statuses = [...(await ended).matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses).toEqual(["200", "200", "404", "200"]);
  });

  it("are refused beyond some, and the connection is closed", async () => {
    let handled = 0;
    const count = () => handled++;
    app.server.on("request", count);
    const { socket, ended } = await rawSocket(app);
    socket.write(GET.repeat(3_000));
    const answers = (await ended).split(/(?=HTTP\/1\.1 )/);
    app.server.off("request", count);
    expect(handled).toBeGreaterThan(100);
    expect(answers).toHaveLength(18);
    expect(answers.slice(0, 17).every((answer) => answer.startsWith("HTTP/1.1 404 "))).toBe(true);
    expect(answers[17]).toMatch(/^HTTP\/1\.1 429 [^]*connection: close[^]*"code":"RATE_LIMITED"/i);
    await stillServes();
  });
});
