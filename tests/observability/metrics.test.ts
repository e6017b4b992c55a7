import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { createServer, type AddressInfo } from "node:net";
import request from "supertest";
import type { DataSource } from "typeorm";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createApp } from "../../src/app.js";
import { importSources } from "../../src/import/import-papers.js";
import { cacheAsked, costKnown, rateLimitAsked } from "../../src/platform/observability/events.js";
import { operationNames } from "../../src/platform/observability/metrics/operation-names.js";
import { readObservabilitySettings } from "../../src/config/observability.config.js";
import { item, sourceOf } from "../support/import-items.js";
import { onServer } from "../support/on-server.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

const dashboard = readFileSync(new URL("../../docs/grafana-dashboard.json", import.meta.url), "utf8");
const handbook = readFileSync(new URL("../../docs/observability.md", import.meta.url), "utf8");

/** @param env of the variables that set observability. */
async function watchedApp(source: DataSource, env: Record<string, string>): Promise<FastifyInstance> {
  const observability = readObservabilitySettings(env);
  const app = await createApp(
    { logLevel: "silent", graphiql: false, introspection: true, observability },
    source,
  );
  await app.ready();
  return app;
}

async function scrape(app: FastifyInstance): Promise<string> {
  const { status, type, text } = await request(app.server).get("/metrics");
  expect(status).toBe(200);
  expect(type).toBe("text/plain");
  return text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** @returns the value of a series, by its whole name; undefined when it is not there. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split("\n").find((other) => other.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe("/metrics", () => {
  let database: TestDatabase;
  let app: FastifyInstance;
  let text = "";
  const ask = (query: string) => request(app.server).post("/graphql").send({ query });
  beforeAll(async () => {
    database = await testDatabase();
    const lines = [item({ id: "2501.00001" }), item({ id: "2501.00002" }), "no JSON"];
    await importSources(database.db, [sourceOf(lines)]);
    const strict = importSources(database.db, [sourceOf(["no JSON"])], { strict: true });
    await expect(strict).rejects.toThrow("items:1");
    app = await watchedApp(database.source, { METRICS: "on" });
    const facets = "query Facets { papers { facets { tags { count } } } }";
    for (const query of [
      "query Titles { papers(first: 2) { nodes { title } } }",
      "query Titles { papers(first: 1) { nodes { title } } }",
      "query Refused { papers(first: 101) { totalCount } }",
      'mutation Vote { addUpvote(input: {paperId: "2501.00001"}) { changed } }',
      "{ __typename }",
      "{",
      facets,
    ])
      await ask(query);
    await request(app.server).get("/api/papers/2501.00001");
    await request(app.server).get("/api/papers/2501.99999");
    await request(app.server).get("/nothing");
    cacheAsked("test", "hit");
    costKnown(120, "Titles");
    costKnown(Number.NaN, "Titles");
    rateLimitAsked("refused", "ip");
    // A scrape does not wait long for what the database knows.
    while (!/^papergraph_database_up 1$/m.test(text)) text = await scrape(app);
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it.each([
    ['papergraph_http_requests_total{method="POST",route="/graphql",status="200"}', 6],
    ['papergraph_http_requests_total{method="POST",route="/graphql",status="400"}', 1],
    ['papergraph_http_requests_total{method="GET",route="/api/papers/:paperId",status="404"}', 1],
    ['papergraph_http_requests_total{method="GET",route="none",status="404"}', 1],
    ['papergraph_http_request_duration_seconds_count{method="POST",route="/graphql"}', 7],
    ["papergraph_http_requests_in_flight", 1],
    ['papergraph_graphql_operations_total{operation="Titles",type="query",outcome="ok"}', 2],
    ['papergraph_graphql_operations_total{operation="Refused",type="query",outcome="error"}', 1],
    ['papergraph_graphql_operations_total{operation="Vote",type="mutation",outcome="error"}', 1],
    ['papergraph_graphql_operations_total{operation="anonymous",type="query",outcome="ok"}', 1],
    ['papergraph_graphql_operation_duration_seconds_count{operation="Titles",type="query"}', 2],
    ['papergraph_errors_total{code="BAD_USER_INPUT"}', 1],
    ['papergraph_errors_total{code="UNAUTHENTICATED"}', 1],
    ['papergraph_errors_total{code="GRAPHQL_PARSE_FAILED"}', 1],
    ['papergraph_errors_total{code="NOT_FOUND"}', 2],
    ['papergraph_sql_statement_duration_seconds_count{statement="papers.pages"}', 2],
    ['papergraph_pool_connections_max{pool="primary"}', 10],
    ['papergraph_pool_waiting{pool="primary"}', 0],
    ['papergraph_cache_requests_total{cache="test",outcome="hit"}', 1],
    ['papergraph_cache_requests_total{cache="analytics",outcome="miss"}', 1],
    ["papergraph_graphql_cost_points_sum", 141],
    ['papergraph_graphql_operation_cost_points_total{operation="Titles"}', 122],
    ['papergraph_rate_limit_decisions_total{kind="ip",outcome="refused"}', 1],
    ["papergraph_database_up", 1],
    ["papergraph_papers", 2],
    ['papergraph_imports_total{outcome="complete"}', 1],
    ['papergraph_imports_total{outcome="failed"}', 1],
    ['papergraph_import_papers_total{outcome="added"}', 2],
    ['papergraph_import_papers_total{outcome="rejected"}', 1],
  ])("counts %s", (series, value) => {
    expect(valueOf(text, series)).toBe(value);
  });

  it("has what the dashboard and the alerts ask for", () => {
    const queries = [
      ...[...dashboard.matchAll(/"expr": "(.*)"/g)].map(([, expression]) => expression!),
      ...[...handbook.matchAll(/```promql\n([\s\S]*?)```/g)].map(([, expression]) => expression!),
    ];
    expect(queries.length).toBeGreaterThan(40);
    const printed = new Set(text.split("\n").map((line) => /^\w+/.exec(line)?.[0]));
    for (const query of queries) {
      const names = query.match(/\b(papergraph|process|nodejs)_\w+/g) ?? [];
      expect(names.length, query).toBeGreaterThan(0);
      // Nothing failed in PostgreSQL here, and a counter without a value is its header alone.
      for (const name of names.filter((name) => !name.endsWith("_failures_total")))
        expect(printed, query).toContain(name);
    }
    expect(text).toContain("# TYPE papergraph_sql_statement_failures_total counter");
  });

  it("is described: every metric of ours stands in the documentation", () => {
    const ours = [...text.matchAll(/^# TYPE (papergraph_\w+)/gm)].map(([, name]) => name!);
    for (const name of ours) expect(handbook).toContain(`\`${name}\``);
  });

  it("keeps as many operations apart as it may, whatever callers call theirs", async () => {
    for (let n = 0; n < 250; n++) await ask(`query Made${n} { __typename }`);
    const after = await scrape(app);
    const names = new Set(
      [...after.matchAll(/^papergraph_graphql_operations_total\{operation="(\w+)"/gm)].map(
        ([, name]) => name,
      ),
    );
    expect(names.size).toBe(202);
    expect(names).toContain("other");
    expect(
      valueOf(after, 'papergraph_graphql_operations_total{operation="other",type="query",outcome="ok"}'),
    ).toBe(54);
  });
});

describe("names of operations", () => {
  it("lose their place when they were not seen for an hour and others want it", () => {
    let now = 0;
    const forgotten: string[] = [];
    const nameOf = operationNames(
      (name) => forgotten.push(name),
      () => now,
    );
    for (let n = 0; n < 200; n++) nameOf(`Made${n}`);
    expect(nameOf("Late")).toBe("other");
    now = 3_000_000;
    expect(nameOf("Made7")).toBe("Made7");
    now = 3_600_000;
    expect(nameOf("Late")).toBe("Late");
    expect(forgotten).toHaveLength(199);
    expect(forgotten).not.toContain("Made7");
    expect(nameOf("x".repeat(81))).toBe("other");
    expect(nameOf(null)).toBe("anonymous");
  });
});

describe("who gets /metrics", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  const CALLS: [metrics: string, headers: Record<string, string>, status: number][] = [
    ["local", {}, 200],
    ["local", { "sec-fetch-site": "none" }, 200],
    ["local", { "x-forwarded-for": "203.0.113.7" }, 404],
    ["local", { forwarded: "for=203.0.113.7" }, 404],
    ["local", { origin: "https://example.org" }, 404],
    ["local", { "sec-fetch-site": "cross-site" }, 404],
    ["on", { "x-forwarded-for": "203.0.113.7" }, 200],
    ["off", {}, 404],
  ];

  it.each(CALLS)("with METRICS=%s and %j is answered with %i", async (metrics, headers, status) => {
    const app = await watchedApp(database.source, { METRICS: metrics });
    expect((await request(app.server).get("/metrics").set(headers)).status).toBe(status);
    await app.close();
  });

  it("is who reaches its own port, once there is one", async () => {
    const port = await freePort();
    const app = await watchedApp(database.source, { METRICS_PORT: String(port) });
    expect((await request(app.server).get("/metrics")).status).toBe(404);
    const apart = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(await apart.text()).toContain("papergraph_build_info");
    expect((await fetch(`http://127.0.0.1:${port}/graphql`)).status).toBe(404);
    await expect(watchedApp(database.source, { METRICS_PORT: String(port) })).rejects.toThrow("METRICS_PORT");
    await app.close();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it("is nobody by default on a server that is published", () => {
    expect(readObservabilitySettings({}).metrics).toBe("local");
    expect(readObservabilitySettings({ PUBLIC_URL: "https://example.org" }).metrics).toBe("off");
    expect(readObservabilitySettings({ TRUST_PROXY: "loopback" }).metrics).toBe("off");
  });
});

describe("metrics of a server whose database is gone", () => {
  it("are there, and say so", async () => {
    const { source, url } = await testDatabase();
    const name = new URL(url).pathname.slice(1);
    await onServer(inject("serverUrl"), `DROP DATABASE ${name} WITH (FORCE)`);
    const app = await watchedApp(source, { METRICS: "on" });
    expect(await scrape(app)).toContain("papergraph_pool_connections_max");
    await expect.poll(() => scrape(app), { timeout: 60_000 }).toMatch(/^papergraph_database_up 0$/m);
    await app.close();
    await source.destroy();
  });
});
