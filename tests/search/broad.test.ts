import { afterAll, beforeAll, expect, it } from "vitest";
import sql from "sql-template-tag";
import { refreshTiers } from "../../src/search/ranking/tiers.js";
import { testApi, type Api } from "../support/api.js";
import { fillWithPapers } from "../support/synthetic-papers.js";

/** So many that there is a tier. */
const PAPERS = 26_000;

let api: Api;
beforeAll(async () => {
  api = await testApi();
  await fillWithPapers(api.db, PAPERS);
});
afterAll(() => api.close());

interface Listed {
  papers: {
    totalCount?: number;
    totalCountRelation?: string;
    pageInfo: Record<"hasNextPage" | "hasPreviousPage", boolean> &
      Record<"startCursor" | "endCursor", string | null>;
    edges: { score: number | null; node: { id: string; title: string; upvoteCount: number } }[];
  };
}
type Edges = Listed["papers"]["edges"];

const FIELDS =
  "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { score node { id title upvoteCount } }";

async function walk(search: string, direction: "ASC" | "DESC", backward = false): Promise<Edges> {
  const edges: Edges = [];
  let at: string | null = null;
  for (;;) {
    const place: string = backward ? "last: 100, before: $at" : "first: 100, after: $at";
    const answer: Listed = await api.data<Listed>(
      `query ($search: String!, $at: String) {
        papers(search: $search, ${place}, orderBy: [{ field: RELEVANCE, direction: ${direction} }]) { ${FIELDS} } }`,
      { search, at },
    );
    const { papers } = answer;
    edges[backward ? "unshift" : "push"](...papers.edges);
    if (!(backward ? papers.pageInfo.hasPreviousPage : papers.pageInfo.hasNextPage)) return edges;
    at = backward ? papers.pageInfo.startCursor : papers.pageInfo.endCursor;
  }
}

const matching = async (tsquery: string) => {
  const rows = await api.db.query<{ id: number }>(
    "test.matching",
    sql`SELECT paper_id AS id FROM paper_search WHERE tsv @@ ${tsquery}::tsquery`,
  );
  return rows.length;
};

it("reaches each paper once that has a word which half of all papers have, the ranked ones first", async () => {
  const edges = await walk("model", "DESC");
  expect(new Set(edges.map(({ node }) => node.id)).size).toBe(edges.length);
  expect(edges).toHaveLength(await matching("'model'"));
  const ranked = edges.findIndex(({ score }) => score === null);
  expect(ranked).toBeGreaterThan(1_000);
  expect(edges.slice(ranked).every(({ score }) => score === null)).toBe(true);
  const scores = edges.slice(0, ranked).map(({ score }) => score!);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
}, 120_000);

it("gives the same list backward", async () => {
  const forward = await walk("model", "DESC");
  const backward = await walk("model", "DESC", true);
  expect(backward.map(({ node }) => node.id)).toEqual(forward.map(({ node }) => node.id));
}, 120_000);

it("leaves the unranked last when the worst come first", async () => {
  const edges = await walk("model", "ASC");
  expect(edges[0]!.score).not.toBeNull();
  expect(edges.at(-1)!.score).toBeNull();
  expect(edges).toHaveLength(await matching("'model'"));
}, 120_000);

it("ranks a paper that nobody knows by the search as its title", async () => {
  const { papers } = await api.data<Listed>(
    `{ papers(filter: { upvotes: { lte: 0 } }, orderBy: [{ field: PUBLISHED_AT, direction: ASC }], first: 5) { ${FIELDS} } }`,
  );
  for (const { node } of papers.edges) {
    const found = await api.data<Listed>(
      `query ($search: String!) { papers(search: $search, first: 1) { ${FIELDS} } }`,
      { search: node.title },
    );
    expect(found.papers.edges[0]!.node.title).toBe(node.title);
  }
});

it("ranks the papers that became known since", async () => {
  const [unknown] = (await walk("model", "DESC")).slice(-1);
  await api.db.query(
    "test.upvote",
    sql`UPDATE papers SET upvote_base = 100000 WHERE title = ${unknown!.node.title}`,
  );
  await refreshTiers(api.db);
  const edges = await walk("model", "DESC");
  expect(edges.find(({ node }) => node.id === unknown!.node.id)!.score).not.toBeNull();
}, 120_000);

it("says when a count is only a lower bound", async () => {
  const count = async (search: string) =>
    (
      await api.data<Listed>(
        `query ($search: String!) { papers(search: $search) { totalCount totalCountRelation pageInfo { hasNextPage } edges { score } } }`,
        { search },
      )
    ).papers;
  expect(await count("graph model")).toMatchObject({
    totalCount: await matching("'graph' & 'model'"),
    totalCountRelation: "EXACT",
  });
  expect(await count("year:1900..2100")).toMatchObject({
    totalCount: 10_000,
    totalCountRelation: "AT_LEAST",
    pageInfo: { hasNextPage: true },
  });
});
