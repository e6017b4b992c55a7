import { getIntrospectionQuery } from "graphql";
import { readFileSync } from "node:fs";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GRAPHQL_LIMITS, readGraphqlLimits } from "../../src/config/graphql.config.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  for (let n = 1; n <= 7; n++) await buildPaper(api.db, { externalId: `p${n}`, title: `Paper ${n}` });
});
afterAll(() => api.close());

/** @returns the code of the first error, null without one. */
async function codeOf(query: string, variables?: Record<string, unknown>): Promise<string | null> {
  const { errors } = await api.ask(query, variables);
  return errors?.[0]?.extensions.code ?? null;
}

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** Fields nested so many levels deep, of which none is a list. */
function deep(levels: number): string {
  const inside = levels - 3;
  return `{ paper(id: "p1") { comments { nodes ${"{ parent ".repeat(inside - 1)} { id } ${"}".repeat(inside - 1)} } } }`;
}

describe("a document", () => {
  it("is taken up to each limit and refused beyond it", async () => {
    const { depth, aliases, directives, operations, mutations, tokens } = readGraphqlLimits({});
    const tooComplex = "QUERY_TOO_COMPLEX";
    expect(await codeOf(deep(depth))).toBeNull();
    expect(await codeOf(deep(depth + 1))).toBe(tooComplex);
    const aliased = (count: number) => `{ ${times(count, (i) => `a${i}: __typename`)} }`;
    expect(await codeOf(aliased(aliases))).toBeNull();
    expect(await codeOf(aliased(aliases + 1))).toBe(tooComplex);
    const directed = (count: number) =>
      `{ ${times(count, (i) => (i % 2 ? "@skip(if: false)" : "__typename @include(if: true)"))} }`;
    expect(await codeOf(directed(directives))).toBeNull();
    expect(await codeOf(directed(directives + 1))).toBe(tooComplex);
    const named = (count: number) => times(count, (i) => `query Q${i} { __typename }`);
    const ask = (query: string) =>
      request(api.app.server).post("/graphql").send({ query, operationName: "Q0" });
    expect((await ask(named(operations))).body).toEqual({ data: { __typename: "Query" } });
    expect((await ask(named(operations + 1))).text).toContain(tooComplex);
    const mutating = (count: number) =>
      `mutation { ${times(count, (i) => `m${i}: addUpvote(input: {paperId: "p1"}) { changed }`)} }`;
    expect(await codeOf(mutating(mutations))).toBe("UNAUTHENTICATED");
    expect(await codeOf(mutating(mutations + 1))).toBe(tooComplex);
    const long = (count: number) => `{ ${times(count - 2, () => "__typename")} }`;
    expect(await codeOf(long(tokens + 1))).toBe("GRAPHQL_PARSE_FAILED");
    expect(await codeOf(long(30))).toBeNull();
  });

  it("writes a field some times in one selection, but not in hundreds of pairs", async () => {
    const repeated = (count: number) => `{ ${times(count, () => "papers { totalCount }")} }`;
    expect(await codeOf(repeated(30))).toBeNull();
    expect(await codeOf(repeated(31))).toBe("QUERY_TOO_COMPLEX");
    const inline = repeated(31).replaceAll("papers", "... on Query { papers").replaceAll("t }", "t } }");
    expect((await api.ask(inline)).errors).toHaveLength(1);
  });

  it("has as many fields as its fragments make of them", async () => {
    const doubling = (levels: number) =>
      `{ paper(id: "p1") { comments { nodes { ...F0 } } } } ${times(levels, (i) => `fragment F${i} on Comment { id a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`)} fragment F${levels} on Comment { id }`;
    expect(await codeOf(doubling(8))).toBeNull();
    const all = "{ id body createdAt updatedAt __typename author { username } a";
    const { errors } = await api.ask(doubling(8).replaceAll("{ id a", all));
    expect(errors?.[0]?.extensions).toMatchObject({ code: "QUERY_TOO_COMPLEX", fields: 2_554, limit: 2_000 });
  });

  it("says which limit, and what it has", async () => {
    const { errors } = await api.ask(deep(13));
    expect(errors?.[0]).toEqual({
      message: "The document has 13 levels of fields; at most 12 are taken.",
      extensions: { code: "QUERY_TOO_COMPLEX", depth: 13, limit: 12 },
    });
  });

  it("is measured through its fragments, wherever they are spread", async () => {
    const query = `query { ...A } fragment A on Query { paper(id: "p1") { comments { nodes { ...B } } } }
      fragment B on Comment { parent { parent { parent { ...C } } } }
      fragment C on Comment { parent { parent { parent { parent { parent { id } } } } } }`;
    expect(await codeOf(query)).toBeNull();
    expect(await codeOf(query.replace("{ id }", "{ parent { id } }"))).toBe("QUERY_TOO_COMPLEX");
    const mutation = `mutation { ...M ... on Mutation { ...M } } fragment M on Mutation { ${times(11, (i) => `m${i}: addUpvote(input: {paperId: "p1"}) { changed }`)} }`;
    expect(await codeOf(mutation)).toBe("QUERY_TOO_COMPLEX");
  });

  it("may ask for the whole schema, and for no more of it than that", async () => {
    for (const options of [
      {},
      { oneOf: true, inputValueDeprecation: true, specifiedByUrl: true, schemaDescription: true },
    ])
      expect(await codeOf(getIntrospectionQuery(options))).toBeNull();
    const around = (levels: number) =>
      `{ __schema { types ${"{ fields { type ".repeat(levels)} { name } ${"} }".repeat(levels)} } }`;
    expect(await codeOf(around(1))).toBeNull();
    for (const levels of [3, 4, 6, 8, 40])
      expect(["QUERY_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED"], String(levels)).toContain(
        await codeOf(around(levels)),
      );
    const ofTypes = `{ __type(name: "Paper") ${"{ ofType ".repeat(16)} { name } ${"}".repeat(16)} }`;
    expect(await codeOf(ofTypes)).toBe("QUERY_TOO_COMPLEX");
  });

  it("has no lists of more than a hundred values, written out or sent", async () => {
    const ids = (count: number) => Array<string>(count).fill("p1");
    const query = "query ($ids: [ID!]) { papers(filter: {or: [{ids: $ids}]}) { totalCount } }";
    expect(await codeOf(query, { ids: ids(100) })).toBeNull();
    expect(await codeOf(query, { ids: ids(101) })).toBe("BAD_USER_INPUT");
    const literal = (count: number) =>
      api.ask(`{ papers(filter: {or: [{ids: ${JSON.stringify(ids(count))}}]}) { totalCount } }`);
    expect((await literal(100)).errors).toBeUndefined();
    expect((await literal(101)).errors?.[0]?.extensions).toEqual({
      code: "BAD_USER_INPUT",
      argument: "filter.or.ids",
    });
  });

  it("has variables nested no deeper than twenty", async () => {
    const nested = (levels: number): object => (levels === 1 ? {} : { not: nested(levels - 1) });
    const query = "query ($filter: PaperFilter) { papers(filter: $filter) { totalCount } }";
    const { errors } = await api.ask(query, { filter: nested(21) });
    expect(errors?.[0]?.message).toMatch(/takes values nested at most 20 deep\.$/);
    expect((await api.ask(query, { filter: nested(20) })).errors?.[0]?.message).toMatch(
      /filters nested at most/,
    );
    // A body of JSON's own kind, which no recursion could follow.
    const body = `{"query":"{ __typename }","variables":{"x":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`;
    const answer = await request(api.app.server).post("/graphql").type("json").send(body);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("BAD_USER_INPUT")]);
  });

  it("has at most five of its errors told, of validation and of execution", async () => {
    const unknown = await api.ask(`{ ${times(50, (i) => `x${i}`)} }`);
    expect(unknown.errors).toHaveLength(5);
    const failing = await api.ask(`{ ${times(7, (i) => `a${i}: tag(id: "\\u0000") { id }`)} }`);
    expect(failing.errors).toHaveLength(5);
  });

  it("gets no suggestions where the schema is not told", async () => {
    const secret = await testApi({ introspection: false });
    for (const [query, variables] of [
      ["{ paperz { totalCount } }", {}],
      ["{ papers(firs: 1) { totalCount } }", {}],
      ["{ papers(orderBy: [{field: TITL}]) { totalCount } }", {}],
      [
        "query ($order: [PaperOrder!]) { papers(orderBy: $order) { totalCount } }",
        { order: [{ field: "TITL" }] },
      ],
      ["query ($filter: PaperFilter) { papers(filter: $filter) { totalCount } }", { filter: { yea: 1 } }],
      ["query ($x: PaperFilte) { papers(filter: $x) { totalCount } }", {}],
    ] as const) {
      const { errors } = await secret.ask(query, variables);
      expect(errors?.length, query).toBeGreaterThan(0);
      expect(JSON.stringify(errors), query).not.toMatch(/did you mean|TITLE|first|year/i);
    }
    expect((await secret.ask("{ __schema { types { name } } }")).errors?.[0]?.extensions.code).toBe(
      "GRAPHQL_VALIDATION_FAILED",
    );
    await secret.close();
  });
});

describe("the limits", () => {
  it("can each be set, by variables that the documentation names with their defaults", () => {
    const page = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8");
    for (const [name, variable, usual, most] of GRAPHQL_LIMITS) {
      expect(readGraphqlLimits({})[name]).toBe(usual);
      expect(readGraphqlLimits({ [variable]: "7" })[name]).toBe(7);
      expect(() => readGraphqlLimits({ [variable]: String(most + 1) })).toThrow(`${variable} is`);
      expect(page).toMatch(new RegExp(`\\| ${usual.toLocaleString("en")} +\\| \`${variable}\``));
    }
  });

  it("hold for the server as they are set", async () => {
    const strict = await testApi({
      graphqlLimits: readGraphqlLimits({ GRAPHQL_MAX_DEPTH: "2", GRAPHQL_MAX_COST: "3" }),
    });
    const code = async (query: string) => (await strict.ask(query)).errors?.[0]?.extensions.code;
    expect(await code("{ papers { totalCount } }")).toBeUndefined();
    expect(await code("{ papers { nodes { id } } }")).toBe("QUERY_TOO_COMPLEX");
    expect(await code("{ papers { totalCount stats { count } } }")).toBe("QUERY_TOO_COMPLEX");
    await strict.close();
  });
});
