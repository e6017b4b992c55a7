import request, { type Test } from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  await buildPaper(api.db, { externalId: "p1", title: "A paper" });
});
afterAll(() => api.close());

const post = () =>
  request(api.app.server).post("/graphql").set("accept", "application/graphql-response+json");
const ask = (query: unknown, more: object = {}) => post().send({ query, ...more });
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");
const nest = (levels: number, open: string, inside: string, close: string) =>
  open.repeat(levels) + inside + close.repeat(levels);

/** Ten turns of ten: under a kilobyte, and 10^10 papers. */
const TEN_TURNS = `{ papers(first: 10) ${nest(10, "{ edges { node { organisations { papers(first: 10) ", "{ totalCount }", "} } } }")} }`;
/** The same within the depth that is allowed. */
const WIDE =
  "{ papers(first: 100) { nodes { authors { papers(first: 100) { nodes { authors { papers(first: 100) { nodes { title } } } } } } } } }";

const SECRET = "do-not-repeat-".repeat(12_000);

const HOSTILE: [name: string, sent: () => Test][] = [
  ["ten turns", () => ask(TEN_TURNS)],
  ["three turns of a hundred", () => ask(WIDE)],
  ["10,000 aliases", () => ask(`{ ${times(10_000, (i) => `a${i}: __typename`)} }`)],
  [
    "1,000 aliases of a search",
    () => ask(`{ ${times(60, (i) => `a${i}: papers(search: "x") { totalCount }`)} }`),
  ],
  ["selections nested 20,000 deep", () => ask(nest(20_000, "{a", "", "}"))],
  ["selections nested up to the tokens", () => ask(nest(330, "{ paper ", "{ id }", "}"))],
  [
    "lists nested 100,000 deep",
    () => ask(`{ papers(search: ${nest(100_000, "[", "", "]")}) { totalCount } }`),
  ],
  [
    "lists nested up to the tokens",
    () => ask(`{ papers(search: ${nest(490, "[", "", "]")}) { totalCount } }`),
  ],
  [
    "objects nested 20,000 deep",
    () => ask(`{ papers(filter: ${nest(20_000, "{not:", "{}", "}")}) { totalCount } }`),
  ],
  [
    "objects nested up to the tokens",
    () => ask(`{ papers(filter: ${nest(240, "{not:", "{}", "}")}) { totalCount } }`),
  ],
  ["types nested 50,000 deep", () => ask(`query ($x: ${nest(50_000, "[", "Int", "]")}) { __typename }`)],
  ["types nested up to the tokens", () => ask(`query ($x: ${nest(490, "[", "Int", "]")}) { __typename }`)],
  [
    "a fragment bomb",
    () =>
      ask(
        `{ ...F0 } ${times(29, (i) => `fragment F${i} on Query { a: papers { ...G${i} } b: papers { ...G${i} } } fragment G${i} on PaperConnection { nodes { id } }`)}`,
      ),
  ],
  [
    "fragments that double",
    () =>
      ask(
        `{ paper(id: "p1") { ...F0 } } ${times(28, (i) => `fragment F${i} on Paper { related { ...F${i + 1} } x: related { ...F${i + 1} } }`)} fragment F28 on Paper { id }`,
      ),
  ],
  ["fragments in a circle", () => ask("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")],
  [
    "a fragment in itself, below a list",
    () => ask("{ papers { nodes { ...A } } } fragment A on Paper { related { ...A } }"),
  ],
  ["1,000 directives", () => ask(`{ __typename ${"@include(if: true) ".repeat(1_000)}}`)],
  ["500 unknown directives", () => ask(`{ __typename ${"@a".repeat(490)} }`)],
  [
    "300 operations",
    () =>
      ask(
        times(100, (i) => `query Q${i} { __typename }`),
        { operationName: "Q1" },
      ),
  ],
  [
    "11 mutations",
    () => ask(`mutation { ${times(11, (i) => `a${i}: addUpvote(input: {paperId: "p1"}) { changed }`)} }`),
  ],
  [
    "fields that may overlap, in pairs",
    () => ask(`{ ${times(240, () => "papers { totalCount }")} papers(first: 1) { totalCount } }`),
  ],
  [
    "fields that conflict",
    () => ask(`{ paper(id: "p1") { ${times(190, (i) => `a: ${["id", "title", "url"][i % 3]!}`)} } }`),
  ],
  ["900 unknown fields", () => ask(`{ ${times(900, (i) => `f${i}`)} }`)],
  [
    "introspection in a circle",
    () => ask(`{ __schema { types ${nest(6, "{ fields { type ", "{ name }", "} }")} } }`),
  ],
  [
    "introspection by thirty names",
    () =>
      ask(
        `{ __schema { types { fields { type { name } } } ${times(29, (i) => `a${i}: types { fields { args { type { fields { name } } } } }`)} } }`,
      ),
  ],
  [
    "variables of 100,000 values",
    () =>
      ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {
        variables: { ids: Array<number>(60_000).fill(1) },
      }),
  ],
  [
    "variables nested 60,000 deep",
    () =>
      post()
        .type("json")
        .send(
          `{"query":"query ($f: PaperFilter) { papers(filter: $f) { totalCount } }","variables":{"f":${nest(20_000, '{"not":', "{}", "}")}}}`,
        ),
  ],
  [
    "variables of keys that change objects",
    () =>
      post()
        .type("json")
        .send(
          '{"query":"query ($f: PaperFilter) { papers(filter: $f) { totalCount } }","variables":{"f":{"__proto__":{"ids":["x"]}}}}',
        ),
  ],
  [
    "a body of keys that change objects",
    () => post().type("json").send('{"query":"{ __typename }","__proto__":{"x":1}}'),
  ],
  [
    "a constructor among the keys",
    () =>
      post()
        .type("json")
        .send(
          '{"query":"query ($f: PaperFilter) { papers(filter: $f) { totalCount } }","variables":{"f":{"constructor":{"prototype":{"x":1}}}}}',
        ),
  ],
  ["a type from Object", () => ask("query ($x: constructor) { papers(search: $x) { totalCount } }")],
  ["a field from Object", () => ask("{ constructor toString hasOwnProperty __proto__ }")],
  ["a fragment named after Object", () => ask("{ ...__proto__ ...constructor }")],
  [
    "an operation that is not there",
    () => ask("query A { __typename } query B { __typename }", { operationName: "C" }),
  ],
  ["an operation named after Object", () => ask("query A { __typename }", { operationName: "__proto__" })],
  ["two operations and no name", () => ask("query A { __typename } query B { __typename }")],
  ["a subscription", () => ask("subscription { papers { totalCount } }")],
  ["a definition of a type", () => ask("type X { a: Int } query { __typename }")],
  ["half a character", () => post().type("json").send('{"query":"{ \\ud800 }"}')],
  ["characters that cannot be seen", () => ask("{\u200b __typename \u202e }")],
  ["NUL in a document", () => ask("{ __typename \0 }")],
  ["an escape of half a character", () => ask('{ papers(filter: {venue: "\\ud800"}) { totalCount } }')],
  ["an escape beyond Unicode", () => ask('{ papers(search: "\\u{110000}") { totalCount } }')],
  ["a number without end", () => ask(`{ papers(first: ${"9".repeat(5_000)}) { totalCount } }`)],
  ["a text of 160 KB where a number belongs", () => ask(`{ papers(first: "${SECRET}") { totalCount } }`)],
  [
    "a text of 160 KB as a variable",
    () => ask("query ($n: Int) { papers(first: $n) { totalCount } }", { variables: { n: SECRET } }),
  ],
  [
    "a text of 160 KB as an enum",
    () =>
      ask("query ($o: [PaperOrder!]) { papers(orderBy: $o) { totalCount } }", {
        variables: { o: [{ field: SECRET }] },
      }),
  ],
  ["a name of 160 KB", () => ask(`{ ${SECRET.replaceAll("-", "_")} }`)],
  [
    "a key of 160 KB",
    () =>
      ask("query ($f: PaperFilter) { papers(filter: $f) { totalCount } }", {
        variables: { f: { [SECRET]: 1 } },
      }),
  ],
  ["an operation's name of 160 KB", () => ask("{ __typename }", { operationName: SECRET })],
  [
    "a hash of 160 KB",
    () => post().send({ extensions: { persistedQuery: { version: 1, sha256Hash: SECRET } } }),
  ],
  [
    "a hash that is an object",
    () => post().send({ extensions: { persistedQuery: { version: 1, sha256Hash: { a: 1 } } } }),
  ],
  [
    "a hash of another document",
    () =>
      ask("{ __typename }", { extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } } }),
  ],
  [
    "a version of hashes that there is not",
    () => ask("{ __typename }", { extensions: { persistedQuery: { version: 9, sha256Hash: "x" } } }),
  ],
  ["persisted queries that are none", () => ask("{ __typename }", { extensions: { persistedQuery: "x" } })],
  ["extensions that are a list", () => ask("{ __typename }", { extensions: [1] })],
  ["variables that are a list", () => ask("{ __typename }", { variables: [1] })],
  ["variables that are a text", () => ask("{ __typename }", { variables: "{}" })],
  ["a document that is a number", () => ask(1)],
  ["a document that is an object", () => ask({ kind: "Document" })],
  ["a document that is a list", () => ask([["{ __typename }"]])],
  ["an empty document", () => ask("")],
  ["a document of white space", () => ask(" \n")],
  ["a comment alone", () => ask("# nothing")],
  ["a batch", () => post().send([{ query: "{ __typename }" }, { query: "{ __typename }" }])],
  ["an empty batch", () => post().send([])],
  ["an empty object", () => post().send({})],
  ["no body", () => post().type("json")],
  ["null", () => post().type("json").send("null")],
  ["a text", () => post().type("json").send('"{ __typename }"')],
  ["JSON that ends early", () => post().type("json").send('{"query":"{ __typename }"')],
  [
    "a byte order mark before JSON",
    () => post().type("json").send(Buffer.from('\ufeff[{"query":"{ __typename }"}]')),
  ],
  [
    "bytes that are no UTF-8",
    () =>
      post()
        .type("json")
        .send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
  ],
  ["a form", () => post().type("form").send({ query: "{ __typename }" })],
  ["plain text", () => post().type("text/plain").send('{"query":"{ __typename }"}')],
  ["a GraphQL body", () => post().type("application/graphql").send("{ __typename }")],
  ["JSON in another guise", () => post().type("application/x-json").send('{"query":"{ __typename }"}')],
  [
    "a mutation by GET",
    () =>
      request(api.app.server)
        .get("/graphql")
        .set("apollo-require-preflight", "1")
        .query({ query: 'mutation { addUpvote(input: {paperId: "p1"}) { changed } }' }),
  ],
  [
    "two documents by GET",
    () =>
      request(api.app.server)
        .get("/graphql?query={__typename}&query={__typename}")
        .set("apollo-require-preflight", "1"),
  ],
  [
    "variables by GET that are not JSON",
    () =>
      request(api.app.server)
        .get("/graphql?query={__typename}&variables={")
        .set("apollo-require-preflight", "1"),
  ],
];

describe("a hostile request", () => {
  it.each(HOSTILE)("of %s is refused with a code, and says little", async (_name, sent) => {
    const response = await sent();
    const { status, text } = response;
    const body = response.body as { data?: object | null; errors?: unknown[] };
    expect([status, text]).toEqual([expect.any(Number), expect.stringMatching(/"code":"[A-Z_]+"/)]);
    // What fails in a field, and takes nothing else with it, is told with 200 (GraphQL over HTTP).
    const isExecuted = Object.values(body.data ?? {}).some((value) => value === null);
    if (!isExecuted) expect(status, text.slice(0, 300)).toBeGreaterThanOrEqual(400);
    expect(status, text.slice(0, 300)).toBeLessThan(500);
    expect(text).not.toMatch(/INTERNAL_SERVER_ERROR|node_modules|call stack|\bat .*\.js/i);
    expect(text.length).toBeLessThan(5_000);
    expect(body.errors?.length ?? 1).toBeLessThanOrEqual(5);
  });

  it("leaves the server alive", async () => {
    expect(await api.data("{ __typename }")).toEqual({ __typename: "Query" });
  });
});

it("a document of the most tokens that can be set is read without an overflow", async () => {
  const { readGraphqlLimits, GRAPHQL_LIMITS } = await import("../../src/config/graphql.config.js");
  const most = Object.fromEntries(
    GRAPHQL_LIMITS.map(([, variable, , largest]) => [variable, String(largest)]),
  );
  const open = await testApi({ graphqlLimits: readGraphqlLimits(most) });
  for (const query of [
    nest(650, "{ paper ", "{ id }", "}"),
    `{ papers(search: ${nest(985, "[", "", "]")}) { totalCount } }`,
    `{ papers(filter: ${nest(490, "{not:", "{}", "}")}) { totalCount } }`,
    `query ($x: ${nest(985, "[", "Int", "]")}) { __typename }`,
  ]) {
    const { errors } = await open.ask(query);
    expect(errors?.[0]?.extensions.code, errors?.[0]?.message).toMatch(
      /QUERY_TOO_COMPLEX|GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT/,
    );
    expect(JSON.stringify(errors)).not.toContain("call stack");
  }
  await open.close();
});
