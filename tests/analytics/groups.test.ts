import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildAnalysed,
  byCodePoints,
  KEYS,
  ORGANISATIONS,
  passes,
  plainFilter,
  statsIn,
  STATS_FIELDS,
  type Analysed,
} from "../support/analysed-papers.js";
import { testApi, type Api } from "../support/api.js";
import { statementsOf } from "../support/count-statements.js";

let api: Api;
let papers: Analysed[];
beforeAll(async () => {
  api = await testApi();
  papers = await buildAnalysed(api.db, 120);
});
afterAll(() => api.close());

interface Group {
  keys: string[];
  stats: Record<string, unknown>;
}
interface Groups {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
  edges: { cursor: string; node: Group }[];
}
interface Order {
  by: "KEY" | "COUNT" | "UPVOTES_SUM" | "UPVOTES_AVG";
  direction: "ASC" | "DESC";
}

const ARGS = `$by: [PaperDimension!]!, $having: GroupHaving, $orderBy: GroupOrder, $first: Int, $after: String`;
const GROUPS = `groups(by: $by, having: $having, orderBy: $orderBy, first: $first, after: $after)`;
const PAGE = `totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { keys stats { ${STATS_FIELDS} } } }`;
const QUERY = `query ($filter: PaperFilter, ${ARGS}) { papers(filter: $filter) { ${GROUPS} { ${PAGE} } } }`;

/** All groups in order, said once more without SQL. */
function groupsIn(
  among: Analysed[],
  by: string[],
  least: number,
  order: Order = { by: "COUNT", direction: "DESC" },
) {
  const groups = new Map<string, Analysed[]>();
  for (const paper of among) {
    const combined = by.reduce<string[][]>(
      (prefixes, dimension) =>
        prefixes.flatMap((prefix) => KEYS[dimension]!(paper).map((key) => [...prefix, key])),
      [[]],
    );
    for (const keys of combined)
      groups.set(JSON.stringify(keys), [...(groups.get(JSON.stringify(keys)) ?? []), paper]);
  }
  const upvotes = (of: Analysed[]) => of.reduce((sum, paper) => sum + paper.upvotes, 0);
  const metric = {
    KEY: () => 0,
    COUNT: (of: Analysed[]) => of.length,
    UPVOTES_SUM: upvotes,
    UPVOTES_AVG: (of: Analysed[]) => upvotes(of) / of.length,
  }[order.by];
  const sign = order.direction === "ASC" ? 1 : -1;
  const compareKeys = (one: string[], other: string[]) =>
    one.reduce((result, key, index) => result || byCodePoints(key, other[index]!), 0);
  return [...groups]
    .map(([keys, of]) => ({ keys: JSON.parse(keys) as string[], of }))
    .filter(({ of }) => of.length >= least)
    .sort(
      (one, other) =>
        sign * (metric(one.of) - metric(other.of)) ||
        (order.by === "KEY" ? sign : 1) * compareKeys(one.keys, other.keys),
    )
    .map(({ keys, of }) => ({ keys, stats: statsIn(of) }));
}

const order: fc.Arbitrary<Order> = fc.record({
  by: fc.constantFrom("KEY", "COUNT", "UPVOTES_SUM", "UPVOTES_AVG"),
  direction: fc.constantFrom("ASC", "DESC"),
});

describe("groups", () => {
  it("are what grouping in memory gives, page by page, by any dimensions in any order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(Object.keys(KEYS), { minLength: 1, maxLength: 3 }),
        order,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 3, max: 40 }),
        plainFilter,
        async (by, orderBy, least, first, filter) => {
          const expected = groupsIn(
            papers.filter((paper) => passes(paper, filter)),
            by,
            least,
            orderBy,
          );
          const read: Group[] = [];
          let after: string | null = null;
          // Many pages of a long list say no more than some.
          for (let page = 0; page < 4; page++) {
            const variables: Record<string, unknown> = {
              filter,
              by,
              orderBy,
              having: { count: { gte: least } },
              first,
              after,
            };
            const { groups }: { groups: Groups } = (
              await api.data<{ papers: { groups: Groups } }>(QUERY, variables)
            ).papers;
            expect(groups.totalCount).toBe(expected.length);
            expect(groups.pageInfo.hasPreviousPage).toBe(page > 0);
            read.push(...groups.edges.map(({ node }) => node));
            expect(groups.pageInfo.hasNextPage).toBe(read.length < expected.length);
            after = groups.pageInfo.endCursor;
            if (!groups.pageInfo.hasNextPage) break;
          }
          expect(read).toEqual(expected.slice(0, read.length));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("come with the most papers first, fifty of them, unless asked otherwise", async () => {
    const { groups } = (
      await api.data<{ papers: { groups: { nodes: Group[] } } }>(
        "{ papers { groups(by: [TAG, DAY]) { nodes { keys stats { count } } } } }",
      )
    ).papers;
    const expected = groupsIn(papers, ["TAG", "DAY"], 1).slice(0, 50);
    expect(groups.nodes.map(({ keys }) => keys)).toEqual(expected.map(({ keys }) => keys));
  });

  it("are none where nothing matches", async () => {
    const variables = { filter: { upvotes: { gte: 1000 } }, by: ["TAG", "YEAR"] };
    const { groups } = (await api.data<{ papers: { groups: Groups } }>(QUERY, variables)).papers;
    expect(groups).toEqual({
      totalCount: 0,
      pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null },
      edges: [],
    });
  });

  it("hang under organisations, each with its own, read by one statement", async () => {
    const query = `query (${ARGS}) { organisations { nodes { slug papers { ${GROUPS} { ${PAGE} } } } } }`;
    const variables = { by: ["AUTHOR", "HAS_CODE"], first: 3 };
    const { organisations } = await api.data<{
      organisations: { nodes: { slug: string; papers: { groups: Groups } }[] };
    }>(query, variables);
    expect(organisations.nodes).toHaveLength(ORGANISATIONS.length);
    for (const { slug, papers: list } of organisations.nodes) {
      const own = papers.filter((paper) => paper.organisations.includes(slug));
      const expected = groupsIn(own, ["AUTHOR", "HAS_CODE"], 1);
      expect(list.groups.totalCount).toBe(expected.length);
      expect(list.groups.edges.map(({ node }) => node)).toEqual(expected.slice(0, 3));
    }
    // Another page: an answer that took long would be there already.
    const labels = await statementsOf(() => api.data(query, { ...variables, first: 4 }));
    expect(labels.filter((label) => label === "analytics.answers")).toHaveLength(1);
  });

  it("refuse what makes no sense, by name", async () => {
    const refused = async (args: string) => {
      const { errors } = await api.ask(`{ papers { groups(${args}) { nodes { keys } totalCount } } }`);
      return errors?.[0]?.extensions;
    };
    const bad = (argument: string) => ({ code: "BAD_USER_INPUT", argument });
    expect(await refused("by: []")).toEqual(bad("by"));
    expect(await refused("by: [TAG, YEAR, VENUE, AUTHOR]")).toEqual(bad("by"));
    expect(await refused("by: [TAG, YEAR, TAG]")).toEqual(bad("by[2]"));
    expect(await refused("by: [TAG], first: -1")).toEqual(bad("first"));
    expect(await refused("by: [TAG], first: 101")).toEqual(bad("first"));
    expect(await refused('by: [TAG], after: "nonsense"')).toEqual(bad("after"));
    expect(await refused("by: [TAG], having: { count: { gte: 99999999999 } }")).toBeDefined();
  });

  it("refuse the cursor of other groups", async () => {
    const ask = (by: string, after: string) =>
      api.ask<{ papers: { groups: Groups } }>(
        `{ papers { groups(by: [${by}], first: 1 ${after}) { edges { cursor } } } }`,
      );
    const cursor = (await ask("TAG", "")).data!.papers.groups.edges[0]!.cursor;
    const { errors } = await ask("TAG, YEAR", `, after: "${cursor}"`);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_CURSOR", argument: "after" });
  });
});
