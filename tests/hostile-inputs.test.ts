import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../src/context/request-context.js";
import { columnsOf } from "../src/platform/database/columns.js";
import { buildGraphqlSchema } from "../src/api/graphql/schema.js";
import { testApi, type Api } from "./support/api.js";
import { buildPaper, buildUser } from "./support/build.js";
import { HOSTILE_JSON, HOSTILE_LITERALS, HOSTILE_TEXTS } from "./support/hostile-values.js";
import { argumentPlaces } from "./support/schema-arguments.js";

const PAPER = "2401.00001";

let api: Api;
let authorization: string;
beforeAll(async () => {
  const digestSettings = {
    publicUrl: "http://127.0.0.1:4000",
    from: { name: "Papergraph", address: "papergraph@example.org" },
    smtpUrl: null,
  };
  api = await testApi({ digestSettings });
  const user = await buildUser(api.db, { username: "reader" });
  const { tokens } = createStores(api.db, columnsOf(api.source));
  authorization = `Bearer ${(await tokens.create(user.key, "test", null)).secret}`;
  await buildPaper(api.db, {
    externalId: PAPER,
    title: "Graph learning",
    tags: ["graphs"],
    organisations: ["acme"],
    authors: [{ name: "Ada Lovelace", user: user.key }],
    submittedBy: user.key,
    submittedAt: "2025-01-02T00:00:00Z",
  });
});
afterAll(() => api.close());

/** Codes of what a caller can do something about. */
const CALLERS = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "BAD_CURSOR",
  "CONFLICT",
  "FORBIDDEN",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "NOT_FOUND",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "RATE_LIMITED",
  "UNAUTHENTICATED",
]);

const FEW = ["", "\0", "\ud800", "'", "%", "x".repeat(5_000), "2147483648", "1e309"];

/** Words of the inside: SQL, the driver's, files, stack traces. */
const INSIDE =
  /syntax error at|relation "|column "|pg_(?!sleep)|invalid input syntax|invalid byte|postgres|typeorm|node_modules|\/src\/|\.ts:\d|\n {4}at |is not a function|Cannot read|of undefined|call stack/i;

interface Told {
  errors?: { message: string; extensions?: { code?: string } }[];
  error?: string;
  code?: string;
}

/** Asks, and holds whatever comes back against what is promised. */
async function ask(request: InjectOptions): Promise<void> {
  const response = await api.app.inject(request);
  const { statusCode, headers, body } = response;
  const place = `${JSON.stringify(request.url).slice(0, 200)} ${JSON.stringify(request.payload ?? request.headers ?? "").slice(0, 400)} → ${statusCode} ${body.slice(0, 600)}`;
  expect(statusCode, place).toBeLessThan(500);
  expect(String(headers["x-error-message"] ?? ""), place).not.toMatch(INSIDE);
  if (!String(headers["content-type"]).includes("json") || body === "") return;
  const { errors = [], error, code } = response.json<Told | null>() ?? {};
  const told = [
    ...errors.map(({ message, extensions }) => ({ message, code: extensions?.code })),
    ...(statusCode >= 400 && error !== undefined ? [{ message: error, code }] : []),
  ];
  if (statusCode >= 400) expect(told, place).not.toEqual([]);
  for (const { message, code: toldCode } of told) {
    expect(CALLERS, place).toContain(toldCode);
    expect(message, place).not.toMatch(INSIDE);
    expect(message.length, place).toBeLessThan(700);
  }
}

async function stillAnswers(): Promise<void> {
  const { papers } = await api.data<{ papers: { totalCount: number } }>("{ papers { totalCount } }");
  expect(papers.totalCount).toBeGreaterThan(0);
}

describe("hostile values in GraphQL", () => {
  const samples: Record<string, unknown> = {
    id: PAPER,
    ids: [PAPER],
    paperId: PAPER,
    prefix: "gr",
    search: "graph",
    "PaperDimension!": "TAG",
    "[PaperDimension!]!": ["TAG"],
    "TimeInterval!": "MONTH",
    "CitationFormat!": "BIBTEX",
    "GroupMetric!": "COUNT",
    field: "NAME",
    "PaperOrderField!": "TITLE",
    input: {},
    body: "A comment.",
    commentId: Buffer.from("Comment:1").toString("base64url"),
    tokenId: Buffer.from("AccessToken:9999").toString("base64url"),
    name: "laptop",
    username: "reader",
    email: "reader@example.org",
  };
  const places = argumentPlaces(buildGraphqlSchema(), samples);
  const post = (payload: object) =>
    ask({ method: "POST", url: "/graphql", headers: { authorization }, payload });

  it("has found the arguments", () => {
    const names = places.map(({ name }) => name);
    for (const name of [
      "Query.papers(search)",
      "Query.papers(filter.tags.anyOf[])",
      "Mutation.addComment(input.body)",
    ])
      expect(names).toContain(name);
  });

  // The same type in another place is read by the same code: one place of each gets everything.
  const firsts = places.filter(
    ({ kind }, index) => places.findIndex((other) => other.kind === kind) === index,
  );
  it.each(firsts.map((place) => [place.name, place] as const))("never break %s", async (_name, place) => {
    for (const value of [...HOSTILE_TEXTS, ...HOSTILE_JSON]) await post(place.documentWith(value));
    await stillAnswers();
  });

  it("never break the other places of the same kinds", async () => {
    for (const place of places)
      for (const value of [...FEW, -1, 2 ** 53, [], {}, null]) await post(place.documentWith(value));
    await stillAnswers();
  });

  it("never break when they are written in the document", async () => {
    for (const { literal } of places)
      if (literal) for (const text of HOSTILE_LITERALS) await post({ query: literal(text) });
    await stillAnswers();
  });

  it.each([
    [[]], [{}], [null], ["x"], [1], [{ query: null }], [{ query: 5 }], [{ query: ["{ __typename }"] }], [{ query: "" }], [{ query: "\0" }], [{ query: "{" }], [{ query: "{".repeat(20_000) }],
    [{ query: `{ papers${"{nodes{related".repeat(500)}` }], [{ query: `{ ${"x".repeat(100_000)} }` }], [{ query: `{ papers(${"x".repeat(50_000)}: 1) { totalCount } }` }], [{ query: `{ paper(id: "x") { ... on ${"X".repeat(50_000)} { id } } }` }],
    [{ query: "query A { __typename } query B { __typename }" }], [{ query: "query A { __typename }", operationName: "x".repeat(100_000) }], [{ query: "{ __typename }", operationName: 5 }], [{ query: "{ __typename }", variables: "x" }], [{ query: "{ __typename }", variables: [] }],
    [{ query: "{ __typename }", extensions: "x" }], [{ query: "{ __typename }", extensions: { persistedQuery: { version: 1, sha256Hash: "x" } } }], [{ extensions: { persistedQuery: { version: 9, sha256Hash: {} } } }], [{ query: "subscription { x }" }], [{ query: "{ ...A } fragment A on Query { ...A }" }],
    [{ query: "query ($a: Nothing!) { __typename }" }], [{ query: "query ($value: Int) { papers(first: $value) { totalCount } }", variables: JSON.parse('{"value": 1, "__proto__": {"x": 1}}') as object }],
  ] as [unknown][])("never break when they are the request itself: %j", async (payload) => {
    await ask({
      method: "POST",
      url: "/graphql",
      headers: { "content-type": "application/json" },
      payload: JSON.stringify(payload),
    });
    await stillAnswers();
  }); // prettier-ignore
});

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  schema: object;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: { properties?: Record<string, unknown> } }> };
}

describe("hostile values in REST", () => {
  const right: Record<string, string> = {
    paperId: PAPER,
    arxivId: PAPER,
    commentId: "1",
    name: "acme",
    slug: "graphs",
    username: "reader",
    format: "ndjson",
  };
  const operations = async () => {
    const { paths } = (await api.app.inject("/openapi.json")).json<{
      paths: Record<string, Record<string, Operation>>;
    }>();
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
  };
  const addressOf = (path: string, hostile: Record<string, string> = {}) =>
    path.replace(/\{(\w+)\}/g, (_, name: string) => encode(hostile[name] ?? right[name] ?? "x"));
  const send = (method: string, url: string, payload?: unknown) =>
    ask({
      method: method.toUpperCase(),
      url,
      headers: { authorization, ...(payload !== undefined && { "content-type": "application/json" }) },
      ...(payload !== undefined && { payload: JSON.stringify(payload) }),
    });

  it("never break any parameter of any operation", async () => {
    let asked = 0;
    const known = new Set<string>();
    for (const { path, method, operation } of await operations())
      for (const { name, in: place, schema } of operation.parameters ?? []) {
        // The same parameter elsewhere is read by the same code.
        const isKnown = known.has(`${name} ${JSON.stringify(schema)}`);
        known.add(`${name} ${JSON.stringify(schema)}`);
        for (const text of isKnown ? FEW : HOSTILE_TEXTS) {
          // Longer addresses than headers may be never get this far.
          const hostile = text.slice(0, 8_000);
          if (place === "path") await send(method, addressOf(path, { [name]: hostile }));
          if (place === "query") await send(method, `${addressOf(path)}?${name}=${encode(hostile)}`);
          asked++;
        }
      }
    expect(asked).toBeGreaterThan(1_000);
    await stillAnswers();
  });

  it("never break as lists, objects, pairs and unfinished escapes", async () => {
    for (const { path, method, operation } of await operations())
      for (const { name, in: place } of operation.parameters ?? [])
        for (const query of place === "query"
          ? [`${name}=1&${name}=2`, `${name}[]=1`, `${name}[a]=1`, name, `${name}=%`, `${name}=%ff`, `${name}=%00`, `__proto__[x]=1&${name}=1`, `${name}=a&`.repeat(200)]
          : [])
          await send(method, `${addressOf(path)}?${query}`);
    await stillAnswers();
  }); // prettier-ignore

  it("never break any body", async () => {
    let asked = 0;
    for (const { path, method, operation } of await operations()) {
      const properties = operation.requestBody?.content["application/json"]?.schema.properties;
      for (const body of properties ? [...HOSTILE_JSON, ...HOSTILE_TEXTS] : []) {
        await send(method, addressOf(path), body);
        for (const name of Object.keys(properties ?? {}))
          await send(method, addressOf(path), { [name]: body });
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(100);
    await stillAnswers();
  });

  it("never break the addresses of pages and feeds", async () => {
    for (const text of HOSTILE_TEXTS) {
      const hostile = encode(text.slice(0, 8_000));
      for (const url of ["/", "/graphql?query=", "/graphql/page/", "/docs/", "/docs/static/", "/feeds/", "/digest/confirm?token=", "/digest/unsubscribe?token=", "/papers/"])
        await ask({ url: `${url}${hostile}` });
      await ask({ method: "POST", url: `/digest/unsubscribe?token=${hostile}` });
    }
    await stillAnswers();
  }); // prettier-ignore
});

describe("hostile headers", () => {
  const NAMES = ["authorization", "accept", "content-type", "content-encoding", "cookie", "host", "origin", "if-none-match", "if-modified-since", "x-forwarded-for", "x-forwarded-host", "x-request-id", "x-http-method-override", "apollo-require-preflight", "range", "expect", "transfer-encoding"]; // prettier-ignore

  it.each(NAMES)("never break: %s", async (name) => {
    // Others cannot be sent: Node refuses them on both sides.
    const texts = HOSTILE_TEXTS.map((text) => text.replace(/[^\t\x20-\x7e\xa0-\xff]/g, "").slice(0, 8_000));
    for (const text of new Set(texts)) {
      for (const url of ["/api/papers?limit=1", "/feeds/papers.atom", "/healthz"])
        await ask({ url, headers: { [name]: text } });
      await ask({
        method: "POST",
        url: "/graphql",
        headers: { "content-type": "application/json", [name]: text },
        payload: '{"query":"{ viewer { username } }"}',
      });
    }
    await stillAnswers();
  });
});

/** Lone surrogates cannot stand in an address; what takes their place is U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
