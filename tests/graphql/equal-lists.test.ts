import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  for (let n = 0; n < 4; n++)
    await buildPaper(api.db, { title: `Graph nets ${n}`, tags: ["Graph Nets", `t${n}`], upvotes: n });
});
afterAll(() => api.close());

interface Page {
  edges: { cursor: string; node: { id: string } }[];
}

/** Lists by their arguments in GraphQL: each row is one list, spelt in several ways. */
const LISTS: [field: string, spellings: string[]][] = [
  [
    "papers",
    [
      "",
      "filter: {}",
      "filter: null",
      "filter: { venue: null, tags: null }",
      "filter: { and: [], tags: { noneOf: [] } }",
      "orderBy: []",
      "orderBy: [{ field: PUBLISHED_AT }]",
      "orderBy: { direction: DESC, field: PUBLISHED_AT }",
      'search: "  "',
    ],
  ],
  [
    "papers",
    [
      'search: "graph nets"',
      'search: " graph  nets "',
      'search: "graph nets", orderBy: [{ field: RELEVANCE, direction: DESC }]',
    ],
  ],
  [
    "papers",
    [
      'filter: { tags: { anyOf: "graph-nets" }, upvotes: { gte: 0 } }',
      'filter: { upvotes: { gte: 0, lte: null }, tags: { allOf: ["Graph Nets", "graph-nets"] } }',
    ],
  ],
  ["tags", ["", "filter: {}", "filter: { paperCount: {} }", "orderBy: [{ field: PAPER_COUNT }]"]],
  ["tags", ['filter: { ids: ["t1", "t0", "t2"] }', 'filter: { ids: ["t2", "t1", "T0", "t1"] }']],
];

describe("cursors of one list", () => {
  it.each(LISTS)("of %s hold for all its spellings", async (field, spellings) => {
    const page = async (args: string[]) => {
      const given = args.filter(Boolean).join(", ");
      const data = await api.data<Record<string, Page>>(
        `{ list: ${field}(${given}) { edges { cursor node { id } } } }`,
      );
      return data.list!.edges;
    };
    const all = await page([spellings[0]!, "first: 3"]);
    const [first] = all;
    for (const spelling of spellings) {
      const rest = await page([spelling, "first: 2", `after: "${first!.cursor}"`]);
      expect(rest, spelling).toEqual(all.slice(1));
    }
  });

  it("of groups, too", async () => {
    const page = async (args: string) => {
      const data = await api.data<{ papers: { groups: { edges: { cursor: string }[] } } }>(
        `{ papers { groups(by: [TAG], first: 2, ${args}) { edges { cursor } } } }`,
      );
      return data.papers.groups.edges;
    };
    const [first] = await page("having: null");
    for (const args of ["having: {}", "having: { count: {} }", "orderBy: { by: COUNT }"])
      expect((await page(`${args}, after: "${first!.cursor}"`)).length, args).toBe(2);
  });

  it("keep what a facet leaves out apart for two spellings in one request", async () => {
    const tags = (anyOf: string) => `{ tags: { anyOf: ["${anyOf}"] } }`;
    const both = await api.data<Record<"a" | "b", { facets: { tags: { count: number }[] } }>>(
      `{ a: papers(filter: { tags: { anyOf: ["t0"] }, and: [${tags("graph-nets")}] }) { facets { tags { count } } }
         b: papers(filter: { tags: { anyOf: ["graph-nets"] }, and: [${tags("t0")}] }) { facets { tags { count } } } }`,
    );
    expect(both.a.facets.tags).toHaveLength(5);
    expect(both.b.facets.tags).toHaveLength(2);
  });
});
