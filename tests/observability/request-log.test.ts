import { createHash } from "node:crypto";
import http from "node:http";
import sql from "sql-template-tag";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { buildPaper, buildUser } from "../support/build.js";
import { papergraph, type Running } from "../support/command.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

type Line = Record<string, unknown> & { msg: string; level: number };

let database: TestDatabase;
let token: string;
const started: Running[] = [];
beforeAll(async () => {
  database = await testDatabase();
  await buildPaper(database.db, { externalId: "2505.24864", title: "NVIDIA quantization" });
  const user = await buildUser(database.db);
  const { tokens } = createStores(database.db, columnsOf(database.source));
  ({ secret: token } = await tokens.create(user.key, "laptop", null));
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.process.kill("SIGKILL");
    await server.ended;
  }
});
afterAll(() => database.drop());

async function serve(env: Record<string, string> = {}) {
  const server = papergraph(["serve"], { DATABASE_URL: database.url, LOG_LEVEL: "info", ...env });
  started.push(server);
  const [, url] = await server.says(/listens on (http:\S+)/);
  await server.says(/Ctrl-C/);
  return {
    url: url!,
    ask: (query: string, variables: object = {}) =>
      fetch(`${url!}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      }),
    /** Ends it; what it wrote, line by line, and as one text. */
    async end(): Promise<{ lines: Line[]; stdout: string }> {
      server.process.kill("SIGTERM");
      const { stdout, code } = await server.ended;
      expect(code).toBe(0);
      const lines = stdout.split("\n").filter(Boolean);
      return { lines: lines.map((line) => JSON.parse(line) as Line), stdout };
    },
  };
}

const isRequest = ({ msg }: Line) => msg.endsWith("request");

describe("the log", () => {
  it("has one line for each request, with what it was and what it took", async () => {
    const server = await serve({ DIGEST: "on", PUBLIC_URL: "https://papers.example.org" });
    const answer = await server.ask("query Titles($s: String) { papers(search: $s) { nodes { title } } }", {
      s: "quantization secretword",
    });
    await server.ask('mutation { addUpvote(input: {paperId: "2505.24864"}) { changed } }');
    await server.ask("{ papers(first: 101) { totalCount } }");
    await server.ask("{");
    await fetch(`${server.url}/api/papers/2505.24864?token=secretword`);
    await fetch(`${server.url}/api/digest/subscriptions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"email": "reader@example.org"}',
    });
    await fetch(`${server.url}/no/such?secretword`);
    await fetch(`${server.url}/%zz`);
    await fetch(`${server.url}/graphql`, { method: "POST", body: "<x>" });
    await fetch(`${server.url}/healthz`);
    const { lines, stdout } = await server.end();
    const graphql = { method: "POST", route: "/graphql", status: 200, operationType: "query" };
    expect(lines.filter(isRequest)).toMatchObject([
      { ...graphql, operation: "Titles", reqId: answer.headers.get("x-request-id"), level: 30 },
      { ...graphql, operation: "anonymous", operationType: "mutation" },
      { ...graphql, operation: "anonymous", errors: ["BAD_USER_INPUT"] },
      { route: "/graphql", status: 400, errors: ["GRAPHQL_PARSE_FAILED"] },
      { method: "GET", route: "/api/papers/:paperId", status: 200 },
      { method: "POST", route: "/api/digest/subscriptions", status: 202 },
      { route: "none", status: 404, errors: ["NOT_FOUND"] },
      { route: "none", status: 400, errors: ["BAD_USER_INPUT"] },
      { route: "/graphql", status: 415, errors: ["BAD_USER_INPUT"] },
    ]);
    // Only the line that says where it listens is not of a request.
    expect(lines.filter((line) => !isRequest(line)).map(({ msg }) => msg)).toEqual(["listening"]);
    for (const secret of [token, "secretword", "reader@example.org", "authorization"])
      expect(stdout).not.toContain(secret);
  });

  it("counts the statements of each request by itself", async () => {
    const server = await serve();
    const two = "query Two { papers { totalCount nodes { title } } }";
    const none = "query None { __typename }";
    await Promise.all([two, none, two, none, two].map((query) => server.ask(query)));
    const { lines } = await server.end();
    const counted = lines
      .filter(isRequest)
      .map(({ operation, sqlStatements }) => ({ operation, sqlStatements }));
    // The access token takes one.
    for (const { operation, sqlStatements } of counted)
      expect(sqlStatements).toBe(operation === "Two" ? 3 : 1);
    expect(counted).toHaveLength(5);
    for (const { sqlMs, ms } of lines.filter(isRequest)) {
      expect(sqlMs).toBeGreaterThan(0);
      expect(ms).toBeGreaterThan(0);
    }
  });

  it("names the document of what is slow, and health checks while debugging", async () => {
    const server = await serve({ SLOW_OPERATION: "0", LOG_LEVEL: "debug", METRICS: "on" });
    const query = "query Slow($s: String) { papers(search: $s) { totalCount } }";
    await server.ask(query, { s: "secretword" });
    const { lines, stdout } = await server.end();
    expect(lines.find(({ operation }) => operation === "Slow")).toMatchObject({
      level: 40,
      msg: "slow request",
      slow: true,
      documentHash: createHash("sha256").update(query).digest("hex"),
    });
    expect(stdout).not.toContain("secretword");
    const debugging = await serve({ LOG_LEVEL: "debug", METRICS: "on" });
    for (const path of ["/healthz", "/readyz", "/metrics"]) await fetch(debugging.url + path);
    const debugged = (await debugging.end()).lines.filter(isRequest);
    expect(debugged.map(({ level, route }) => [level, route])).toEqual([
      [20, "/healthz"],
      [20, "/readyz"],
      [20, "/metrics"],
    ]);
  });

  it("has a line of its own for what nobody expected, under the id of the request", async () => {
    const server = await serve();
    await database.db.query("test.break", sql`ALTER TABLE tags RENAME TO no_tags`);
    const answer = await server.ask("query Broken { tags { nodes { name } } }");
    await database.db.query("test.mend", sql`ALTER TABLE no_tags RENAME TO tags`);
    const { lines } = await server.end();
    const id = answer.headers.get("x-request-id");
    const ofRequest = lines.filter(({ reqId }) => reqId === id);
    expect(ofRequest).toMatchObject([
      { level: 50, msg: "unexpected error in a GraphQL request" },
      { level: 30, msg: "request", operation: "Broken", errors: ["INTERNAL_SERVER_ERROR"] },
    ]);
  });

  it("says of a client that left before it had its answer", async () => {
    const server = await serve();
    await database.db.transaction(async (tx) => {
      await tx.query("test.lock", sql`LOCK TABLE tags IN ACCESS EXCLUSIVE MODE`);
      const asking = http.get(`${server.url}/api/tags`);
      const gone = new Promise((resolve) => asking.once("error", resolve));
      await untilWaiting();
      asking.destroy();
      await gone;
    });
    const { lines } = await server.end();
    expect(lines.filter(isRequest)).toMatchObject([{ method: "GET", aborted: true }]);
  });
});

/** Resolves when somebody waits for a lock of the database. */
async function untilWaiting(): Promise<void> {
  for (;;) {
    const [row] = await database.db.query<{ waiting: number }>(
      "test.waiting",
      sql`SELECT count(*) AS waiting FROM pg_locks l JOIN pg_database d ON d.oid = l.database
          WHERE NOT granted AND datname = current_database()`,
    );
    if (row?.waiting) return;
  }
}
