import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import request from "supertest";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readObservabilitySettings } from "../../src/config/observability.config.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number };
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

/** What a collector is sent: OTLP over HTTP, as JSON. */
interface Export {
  resourceSpans: {
    resource: { attributes: Span["attributes"] };
    scopeSpans: { spans: Span[] }[];
  }[];
}

let collector: Server;
let received: string[] = [];
beforeEach(async () => {
  received = [];
  collector = createServer((message, response) => {
    let body = "";
    message.on("data", (chunk) => (body += String(chunk)));
    message.on("end", () => {
      if (message.url === "/v1/traces") received.push(body);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${port}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  if (!collector.listening) return;
  collector.close();
  await once(collector, "close");
});

function traced(): Promise<Api> {
  return testApi({ observability: readObservabilitySettings(process.env) });
}

function spans(): Span[] {
  return received
    .map((body) => JSON.parse(body) as Export)
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope) => scope.spans);
}

/** @returns the names of the spans below one, with what is below them. */
function tree(parentSpanId: string | undefined): Record<string, unknown> {
  const below = spans().filter((span) => (span.parentSpanId ?? undefined) === parentSpanId);
  return Object.fromEntries(below.map((span) => [span.name, tree(span.spanId)]));
}

const QUERY = `query Search($words: String) {
  papers(search: $words, first: 5) { nodes { title tags { name } } totalCount }
}`;
const CALLER = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };

async function askTraced(api: Api, flags = "01") {
  return request(api.app.server)
    .post("/graphql")
    .set("traceparent", `00-${CALLER.trace}-${CALLER.span}-${flags}`)
    .send({ query: QUERY, variables: { words: "secretword" } });
}

describe("traces", () => {
  it("lead from the caller over the request, its operation and its resolvers to SQL", async () => {
    const api = await traced();
    for (let n = 0; n < 3; n++) await buildPaper(api.db, { title: "Of secretword", tags: ["GPU"] });
    expect((await askTraced(api)).body).toMatchObject({ data: { papers: { totalCount: 3 } } });
    await api.close();
    expect(new Set(spans().map(({ traceId }) => traceId))).toEqual(new Set([CALLER.trace]));
    expect(tree(CALLER.span)).toEqual({
      "POST /graphql": {
        "query Search": {
          "Query.papers": {
            "search.lexemes": {},
            "search.statistics": {},
            "search.papersTitled": {},
            "PaperConnection.nodes": { "papers.pages": {}, "Paper.tags": { "links.read": {} } },
            "PaperConnection.totalCount": { "papers.counts": {} },
          },
        },
      },
    });
  });

  it("say what the conventions want, and nothing that a caller gave as a value", async () => {
    const api = await traced();
    for (let n = 0; n < 3; n++) await buildPaper(api.db, { title: "Of secretword", tags: ["GPU"] });
    await askTraced(api);
    await api.close();
    const { resourceSpans } = JSON.parse(received[0]!) as Export;
    expect(resourceSpans[0]!.resource.attributes).toContainEqual({
      key: "service.name",
      value: { stringValue: "papergraph" },
    });
    const attributesOf = (name: string) => {
      const span = spans().find((other) => other.name === name)!;
      return {
        kind: span.kind,
        ...Object.fromEntries(
          span.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
        ),
      };
    };
    expect(attributesOf("POST /graphql")).toEqual({
      kind: 2,
      "http.request.method": "POST",
      "http.route": "/graphql",
      "http.response.status_code": 200,
    });
    expect(attributesOf("query Search")).toEqual({
      kind: 1,
      "graphql.operation.name": "Search",
      "graphql.operation.type": "query",
      "graphql.document.hash": expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(attributesOf("Paper.tags")).toEqual({
      kind: 1,
      "graphql.field.name": "Paper.tags",
      "graphql.field.path": "papers.nodes.*.tags",
      "graphql.field.calls": 3,
    });
    expect(attributesOf("papers.pages")).toEqual({
      kind: 3,
      "db.system.name": "postgresql",
      "db.query.summary": "papers.pages",
    });
    for (const { startTimeUnixNano, endTimeUnixNano, name } of spans())
      expect(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano), name).toBeGreaterThanOrEqual(0n);
    expect(received.join("")).not.toContain("secretword");
  });

  it("are the same of an operation each time it comes", async () => {
    const api = await traced();
    await buildPaper(api.db, { title: "Of secretword", tags: ["GPU"] });
    for (let n = 0; n < 8; n++) await askTraced(api);
    await api.close();
    const resolvers = spans().filter(({ name }) => /^[A-Z]\w+\.\w+$/.test(name));
    const count = (name: string) => resolvers.filter((span) => span.name === name).length;
    for (const name of ["Query.papers", "PaperConnection.nodes", "Paper.tags"])
      expect(count(name), name).toBe(8);
    const nameOf = new Map(spans().map(({ spanId, name }) => [spanId, name]));
    for (const { name, parentSpanId } of resolvers.filter((span) => span.name === "Paper.tags"))
      expect(nameOf.get(parentSpanId ?? ""), name).toBe("PaperConnection.nodes");
  });

  it("mark what failed", async () => {
    const api = await traced();
    await request(api.app.server)
      .post("/graphql")
      .send({ query: "query Refused { papers(first: 101) { totalCount } }" });
    await request(api.app.server).get("/api/papers/2501.00001");
    await api.close();
    const failed = spans().filter(({ status }) => status.code === 2);
    expect(failed.map(({ name }) => name).sort()).toEqual(["Query.papers", "query Refused"]);
    expect(spans().map(({ name }) => name)).toContain("GET /api/papers/:paperId");
  });

  it("are not made of what the caller does not sample", async () => {
    const api = await traced();
    await askTraced(api, "00");
    await api.close();
    expect(received).toEqual([]);
  });

  it("hurt no request when they cannot be sent, and let the server end", async () => {
    collector.close();
    await once(collector, "close");
    const api = await traced();
    for (let n = 0; n < 20; n++) expect((await askTraced(api)).status).toBe(200);
    await api.close();
    expect(received).toEqual([]);
  });

  it("are not made without a place to send them", () => {
    expect(readObservabilitySettings({}).tracing).toBe(false);
    expect(
      readObservabilitySettings({
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
        OTEL_SDK_DISABLED: "true",
      }).tracing,
    ).toBe(false);
  });
});
