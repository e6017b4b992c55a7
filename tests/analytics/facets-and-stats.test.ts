import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AUTHORS,
  buildAnalysed,
  byCodePoints,
  KEYS,
  ORGANISATIONS,
  passes,
  plainFilter,
  statsIn,
  STATS_FIELDS,
  TAGS,
  type Analysed,
  type PlainFilter,
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

interface Bucket {
  count: number;
  value?: string;
  tag?: { slug: string };
  organisation?: { slug: string };
}
type Facets = Record<"tags" | "organisations" | "authors" | "years" | "venues", Bucket[]> & {
  relation: string;
};
interface Analysis {
  papers: { facets: Facets; stats: Record<string, unknown>; totalCount: number };
}

const FACETS = `facets {
  relation tags(first: 4) { tag { slug } count } organisations { organisation { slug } count }
  authors(first: 2) { value count } years { value count } venues { value count }
}`;
const QUERY = `query ($filter: PaperFilter, $search: String) {
  papers(filter: $filter, search: $search, first: 1) { totalCount ${FACETS} stats { ${STATS_FIELDS} } } }`;

const OWN = {
  tags: ["TAG", "tags", 4],
  organisations: ["ORGANISATION", "organisations", 10],
  authors: ["AUTHOR", "authors", 2],
  years: ["YEAR", "year", 10],
  venues: ["VENUE", "venue", 10],
} as const;

function facetIn(filter: PlainFilter, facet: keyof typeof OWN): [string, number][] {
  const [dimension, own, first] = OWN[facet];
  const counts = new Map<string, number>();
  const matching = papers.filter((paper) => passes(paper, { ...filter, [own]: undefined }));
  for (const key of matching.flatMap(KEYS[dimension]!)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || byCodePoints(a[0], b[0])).slice(0, first);
}

const told = (buckets: Bucket[]) =>
  buckets.map(({ value, tag, organisation, count }) => [value ?? tag?.slug ?? organisation?.slug, count]);

describe("facets and stats", () => {
  it("are what counting in memory gives, for any filter", async () => {
    await fc.assert(
      fc.asyncProperty(plainFilter, async (filter) => {
        const found = (await api.data<Analysis>(QUERY, { filter })).papers;
        const matching = papers.filter((paper) => passes(paper, filter));
        expect(found.totalCount).toBe(matching.length);
        expect(found.stats).toEqual(statsIn(matching));
        expect(found.facets.relation).toBe("EXACT");
        for (const facet of Object.keys(OWN) as (keyof typeof OWN)[])
          expect(told(found.facets[facet]), facet).toEqual(facetIn(filter, facet));
      }),
      { numRuns: 60 },
    );
  });

  it("are empty where nothing matches", async () => {
    const { papers: none } = await api.data<Analysis>(QUERY, { filter: { upvotes: { gte: 1000 } } });
    expect(none.stats).toEqual(statsIn([]));
    expect(none.stats).toMatchObject({ count: 0, upvotes: { sum: 0, avg: null, median: null } });
    for (const facet of Object.keys(OWN)) expect(none.facets[facet as keyof typeof OWN]).toEqual([]);
  });

  it("describe what a search finds", async () => {
    const { papers: found } = await api.data<Analysis>(QUERY, { search: "tag:vision" });
    expect(found.stats).toEqual(statsIn(papers.filter(({ tags }) => tags.includes("vision"))));
  });

  it("count a condition inside and, or and not for every facet", async () => {
    const { papers: found } = await api.data<Analysis>(QUERY, {
      filter: { and: [{ tags: { anyOf: ["vision"] } }] },
    });
    const counts = new Map(told(found.facets.tags) as [string, number][]);
    expect(counts.get("vision")).toBe(found.totalCount);
  });

  it("hang under organisations, each with its own, whatever the filter", async () => {
    const { organisations } = await api.data<{
      organisations: { nodes: ({ slug: string } & Analysis)[] };
    }>(
      `query ($filter: PaperFilter) { organisations { nodes { slug papers(filter: $filter) { totalCount ${FACETS} stats { ${STATS_FIELDS} } } } } }`,
      { filter: { tags: { anyOf: ["rl", "vision"] } } },
    );
    expect(organisations.nodes.map(({ slug }) => slug).sort()).toEqual(ORGANISATIONS);
    for (const { slug, papers: found } of organisations.nodes) {
      const matching = papers.filter(
        (paper) => paper.organisations.includes(slug) && passes(paper, { tags: { anyOf: ["rl", "vision"] } }),
      );
      expect(found.stats).toEqual(statsIn(matching));
      expect(told(found.facets.organisations)).toContainEqual([slug, matching.length]);
    }
  });

  it("hang under tags and authors, each with its own", async () => {
    const stats = `papers { stats { ${STATS_FIELDS} } }`;
    interface Named {
      slug: string;
      name: string;
      papers: { stats: unknown };
    }
    const found = await api.data<{
      tags: { nodes: Named[] };
      papers: { nodes: { authors: Named[] }[] };
    }>(
      `{ tags { nodes { slug ${stats} } } papers(first: 20) { nodes { authors(first: 3) { name ${stats} } } } }`,
    );
    expect(found.tags.nodes.map(({ slug }) => slug).sort()).toEqual(TAGS);
    for (const { slug, papers: list } of found.tags.nodes)
      expect(list.stats).toEqual(statsIn(papers.filter(({ tags }) => tags.includes(slug))));
    const authors = found.papers.nodes.flatMap((paper) => paper.authors);
    expect(new Set(authors.map(({ name }) => name)).size).toBe(AUTHORS.length);
    for (const { name, papers: list } of authors)
      expect(list.stats).toEqual(statsIn(papers.filter((paper) => paper.authors.includes(name))));
  });

  it("take one scan of the matches, and one more for each facet with a filter of its own", async () => {
    const scans = async (query: string, variables: Record<string, unknown> = {}) => {
      const labels = await statementsOf(() => api.data(query, variables));
      return labels.filter((label) => label === "analytics.answers").length;
    };
    const all = `first: facets { tags(first: 1) { count } } ${FACETS} stats { ${STATS_FIELDS} } some: stats { count }`;
    const query = `query ($filter: PaperFilter) { papers(filter: $filter) { ${all} } }`;
    expect(await scans(query)).toBe(1);
    expect(await scans(query, { filter: { hasCode: true } })).toBe(1);
    expect(await scans(query, { filter: { hasCode: true, tags: { noneOf: ["rl"] } } })).toBe(2);
    expect(await scans(`{ organisations { nodes { papers { ${all} } } } }`)).toBe(1);
    expect(await scans("{ papers { totalCount nodes { title } } }")).toBe(0);
  });

  it("refuse numbers out of range by name", async () => {
    for (const first of [0, 101]) {
      const { errors } = await api.ask(`{ papers { facets { years(first: ${first}) { count } } } }`);
      expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "first" });
    }
  });
});
