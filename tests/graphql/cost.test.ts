import { getNamedType, getOperationAST, isInterfaceType, isObjectType, parse, validate } from "graphql";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIELDS, LISTS, LONGEST, SCANS } from "../../src/api/cost/weights.js";
import { listSizeOf } from "../../src/api/graphql/cost/field-cost.js";
import { operationCost, type OperationCost } from "../../src/api/graphql/cost/operation-cost.js";
import { planDocument } from "../../src/api/graphql/cost/plan.js";
import { VIEWER_FIELDS } from "../../src/api/graphql/caching/cache-control.plugin.js";
import { buildGraphqlSchema } from "../../src/api/graphql/schema.js";
import { testApi, type Api } from "../support/api.js";

const schema = buildGraphqlSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => isObjectType(type) || isInterfaceType(type),
);

function costOf(query: string, variables: Record<string, unknown> = {}): OperationCost {
  const document = parse(query);
  expect(validate(schema, document), query).toEqual([]);
  const operation = getOperationAST(document)!;
  const plan = planDocument(schema, document).get(operation.name?.value ?? "")!;
  return operationCost(operation, plan, variables);
}

const points = (query: string, variables?: Record<string, unknown>) => costOf(query, variables).points;

describe("the cost", () => {
  it("knows a bound for every list of the schema", () => {
    for (const type of types)
      for (const field of Object.values(type.getFields())) {
        const sized = field.args.some(({ name }) => ["first", "last", "ids", "splitFirst"].includes(name));
        expect(() => listSizeOf(type, field, sized), `${type.name}.${field.name}`).not.toThrow();
      }
  });

  it("has weights for fields that there are, and for no others", () => {
    for (const name of [
      ...Object.keys(FIELDS),
      ...Object.keys(LISTS),
      ...Object.keys(LONGEST),
      ...Object.keys(SCANS),
    ]) {
      const [typeName = "", field = ""] = name.split(".");
      const type = schema.getType(typeName);
      expect(isObjectType(type) && field in type.getFields(), name).toBe(true);
    }
  });

  it("takes a field without a size for what it then holds", () => {
    const variable = (args: string) => (args.includes("$n") ? "query ($n: Int)" : "");
    const daily = (outer: string, inner: string) =>
      points(`${variable(inner)} { dailyPapers${outer} { papers${inner} { nodes { tags { name } } } } }`);
    expect(daily("(first: 100)", "")).toBe(daily("", "(first: 100)"));
    expect(daily("(first: 100)", "(first: $n)")).toBe(daily("", "(first: 100)"));
    expect(daily("(first: 100)", "(first: 1)")).toBe(daily("", "(first: 1)"));
    for (const field of ["authors { name }", "authorships { position }"]) {
      const [name = "", below = ""] = field.split(" {");
      const cost = (args: string) =>
        points(`${variable(args)} { papers { nodes { ${name}${args} {${below} } } }`);
      expect(cost("(first: $n)")).toBe(cost(""));
      expect(cost("(first: 5)")).toBeLessThan(cost("") / 5);
    }
  });

  it("is the product of page sizes, whatever says them", () => {
    const list = (first: string) =>
      `papers(first: ${first}) { nodes { comments(first: ${first}) { nodes { id } } } }`;
    // A statement; a hundred papers, each with its part of a statement and a hundred comments.
    expect(points(`{ ${list("100")} }`)).toBe(Math.ceil(0.2 + 100 * (0.01 + 0.2 + 100 * 0.01)));
    const byVariable = `query ($n: Int) { ${list("$n")} }`;
    const byDefault = `query ($n: Int = 100) { ${list("$n")} }`;
    expect(points(byVariable, { n: 100 })).toBe(points(`{ ${list("100")} }`));
    expect(points(byDefault)).toBe(points(`{ ${list("100")} }`));
    expect(points(byDefault, { n: 20 })).toBe(points(byVariable));
    expect(
      points("{ papers(last: 100) { edges { node { comments(last: 100) { edges { node { id } } } } } } }"),
    ).toBe(points(`{ ${list("100")} }`));
    expect(points("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: Array(100).fill("x") })).toBe(1);
    expect(
      points("{ dailyPapers(first: 100) { papers { nodes { comments(first: 100) { nodes { id } } } } } }"),
    ).toBe(points(`{ ${list("100")} }`));
  });

  it("is the same through fragments, and without what a literal leaves out", () => {
    const plain = "{ papers(first: 50) { nodes { tags { papers { totalCount } } } } }";
    const spread = `{ papers(first: 50) { ...P nodes @include(if: false) { related { id } } } }
      fragment P on PaperConnection { ... on PaperConnection @skip(if: false) { nodes @include(if: true) { tags { ...T } } } }
      fragment T on Tag { papers { totalCount } }`;
    expect(points(spread)).toBe(points(plain));
    expect(points("{ papers(first: 50) { nodes @skip(if: true) { related { id } } } }")).toBe(1);
  });

  it("counts what a variable leaves out: the same document costs the same each time", () => {
    const query =
      "query ($s: Boolean!) { papers(first: 30) { nodes { id } nodes @include(if: $s) { related(first: 25) { title } } } }";
    expect(points(query, { s: false })).toBe(points(query, { s: true }));
    expect(points(query, { s: false })).toBeGreaterThan(60);
  });

  it("counts the authors that papers can have: thousands for one, fewer each for a hundred", () => {
    const authors = (selection: string) => points(`{ ${selection} { authors { papers { totalCount } } } }`);
    const one = authors('paper(id: "x")');
    expect(one).toBeGreaterThan(500);
    expect(points("{ papers(first: 100) { nodes { title authors { name } } } }")).toBeLessThan(100);
    expect(
      points(
        '{ paper(id: "x") { authors { papers(first: 5) { nodes { authors { papers(first: 2) { totalCount nodes { title } } } } } } } }',
      ),
    ).toBeGreaterThan(10_000);
  });

  it("counts the terms of a search, and its highlights by term and paper", () => {
    const search = (text: string, selection: string) =>
      points(`query ($q: String) { papers(search: $q, first: 100) { ${selection} } }`, { q: text });
    const many = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" OR ");
    expect(search(many, "nodes { id }")).toBeGreaterThan(search("word", "nodes { id }") + 3);
    expect(search(many, "edges { highlights { field } }")).toBeGreaterThan(
      search("word", "edges { highlights { field } }") + 20,
    );
    expect(search("a* b* c* d*", "nodes { id }")).toBeGreaterThan(search("a b c d", "nodes { id }") + 2);
  });

  it("charges a scan of all papers once for all parents, and more than a list", () => {
    const one = points("{ papers { stats { count } } }");
    const hundred = points("{ tags(first: 100) { nodes { papers { stats { count } } } } }");
    expect(one).toBeGreaterThan(points("{ papers { nodes { id } } }"));
    expect(hundred).toBeLessThan(10 * one + 20);
    expect(points('{ papers(search: "x", first: 100) { nodes { id } } }')).toBeGreaterThan(
      points("{ papers(first: 20) { nodes { id } } }"),
    );
  });

  it("is five points for each mutation", () => {
    const upvote = 'addUpvote(input: {paperId: "x"}) { changed }';
    expect(points(`mutation { ${upvote} }`)).toBe(6);
    expect(points(`mutation { a: ${upvote} b: ${upvote} }`)).toBe(11);
  });

  it("names where most of it goes, and counts beyond all numbers", () => {
    expect(
      costOf(
        "{ viewer { username } papers(first: 100) { nodes { tags { name } related(first: 50) { id } } } }",
      ).costliestField,
    ).toBe("papers.nodes.related");
    let query = "{ id }";
    for (let turn = 0; turn < 20; turn++)
      query = `{ edges { node { organisations { papers(first: 100) ${turn ? query : "{ totalCount }"} } } } }`;
    expect(points(`{ papers ${query} }`)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("an operation", () => {
  let api: Api;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  it("that costs too much is refused with its cost, the limit and the costliest field", async () => {
    const { errors } = await api.ask(
      "query ($n: Int) { papers(first: $n) { nodes { organisations { papers(first: $n) { nodes { tags { name } } } } } } }",
      { n: 100 },
    );
    const { cost, limit, costliestField, code } = errors![0]!.extensions as unknown as Record<
      string,
      unknown
    >;
    expect({ limit, costliestField, code }).toEqual({
      code: "QUERY_TOO_COMPLEX",
      limit: 500,
      costliestField: "papers.nodes.organisations.papers.nodes.tags",
    });
    expect(cost).toBeGreaterThan(1_000);
    expect(errors![0]!.message).toContain(`${String(cost)} points`);
  });

  it("tells its cost where the request asks for it", async () => {
    const query = "{ papers(first: 100) { nodes { related { id } } } }";
    const ask = () => request(api.app.server).post("/graphql");
    const answer = await ask().set("X-GraphQL-Cost", "1").send({ query });
    const { cost } = (answer.body as { extensions: { cost: Record<string, unknown> } }).extensions;
    expect(cost).toMatchObject({
      requested: costOf(query).points,
      limit: 500,
      costliestField: "papers.nodes.related",
    });
    // The catalogue is empty: it did next to nothing of what it could have.
    expect(cost.actual).toBeLessThan(costOf(query).points);
    expect((await ask().send({ query })).body).not.toHaveProperty("extensions");
  });

  it("is kept from shared caches where a field speaks of who asks", () => {
    for (const type of types)
      for (const field of Object.values(type.getFields()))
        if (
          /viewer|caller|who asks/i.test(field.description ?? "") &&
          type.name !== "Mutation" &&
          !type.name.startsWith("RateLimit")
        )
          if (!["node"].includes(field.name))
            expect([...VIEWER_FIELDS], `${type.name}.${field.name}`).toContain(field.name);
    expect(getNamedType(schema.getQueryType()!.getFields().viewer!.type).name).toBe("User");
  });
});
