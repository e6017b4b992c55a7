import type { Database } from "../../src/platform/database/database.js";
import sql, { type Sql } from "sql-template-tag";
import type { Question } from "./measure.js";
import { samplePapers } from "./real-papers.js";
import {
  autocompletePrefixes,
  filtered,
  misspelt,
  searchQueries,
  type BenchQuery,
  type FilterFacts,
} from "./search-queries.js";
import type { ApiServer } from "./server.js";

const PAGE = 20;
/** What the 50th page begins behind, and how large the steps to there may be. */
const BEFORE_PAGE_50 = 49 * PAGE;
const STEP = 100;

/** Papers that sentences, titles and prefixes are taken from. */
const SAMPLE = 2_000;

const ARGUMENTS = "$search: String, $filter: PaperFilter, $orderBy: [PaperOrder!], $after: String";
const LIST = `search: $search, filter: $filter, orderBy: $orderBy, after: $after`;
const EDGES =
  "edges { score node { title externalId publishedAt upvoteCount } highlights { field fragment ranges { start end } } }";

export const FIRST_PAGE = `query (${ARGUMENTS}) { papers(${LIST}, first: ${PAGE}) { ${EDGES} } }`;
const TOTAL_COUNT = `query ($search: String, $filter: PaperFilter) { papers(search: $search, filter: $filter, first: 1) { totalCount totalCountRelation } }`;
const WALK = `query ($search: String, $filter: PaperFilter, $after: String, $first: Int) {
  papers(search: $search, filter: $filter, after: $after, first: $first) { edges { cursor } pageInfo { hasNextPage } } }`;
const AUTOCOMPLETE = `query ($prefix: String!) { autocomplete(prefix: $prefix, first: 10) { type slug label paperCount } }`;
const DID_YOU_MEAN = `query ($search: String) { papers(search: $search, first: ${PAGE}) { searchInfo { didYouMean } edges { node { title } } } }`;

/** All that is measured over HTTP, by name. */
export interface Questions {
  queries: BenchQuery[];
  kinds: Record<string, () => Question[] | Promise<Question[]>>;
}

export async function searchQuestions(api: ApiServer, db: Database): Promise<Questions> {
  const papers = await samplePapers(SAMPLE);
  const facts = await filterFacts(db);
  const queries = searchQueries(papers, facts);
  const some = (every: number) => queries.filter((_, index) => index % every === 0);
  const inOrder = (field: string) => () =>
    some(2).map((query) => ask(query, { orderBy: [{ field, direction: "DESC" }] }));
  return {
    queries,
    kinds: {
      "first page": () => queries.map((query) => ask(query)),
      "50th page": () => deepPages(api, some(2)),
      totalCount: () => queries.map((query) => ({ ...ask(query), query: TOTAL_COUNT })),
      "by UPVOTES": inOrder("UPVOTES"),
      "by PUBLISHED_AT": inOrder("PUBLISHED_AT"),
      "by TRENDING": inOrder("TRENDING"),
      filters: () =>
        filtered(
          facts,
          some(8).flatMap(({ search, filter }) => (filter ? [] : search)),
        ).map((query) => ask(query)),
      autocomplete: () =>
        autocompletePrefixes(papers).map((prefix) => ({
          family: `${Array.from(prefix).length} letters`,
          label: prefix,
          query: AUTOCOMPLETE,
          variables: { prefix },
        })),
      didYouMean: () =>
        misspelt().map((search) => ({
          family: search.includes(" ") ? "two words" : "one word",
          label: search,
          query: DID_YOU_MEAN,
          variables: { search },
        })),
    },
  };
}

function ask({ family, search, filter }: BenchQuery, more: Record<string, unknown> = {}): Question {
  const label = filter ? `${search}  ${JSON.stringify(filter)}` : search;
  return { family, label, query: FIRST_PAGE, variables: { search, filter, ...more } };
}

interface Walked {
  papers: { edges: { cursor: string }[]; pageInfo: { hasNextPage: boolean } };
}

/** Walks to where the 50th page begins, or the last one of a shorter list; lists of one page are left out. */
async function deepPages(api: ApiServer, queries: readonly BenchQuery[]): Promise<Question[]> {
  const questions: Question[] = [];
  for (const query of queries) {
    const cursors: string[] = [];
    for (let hasMore = true; hasMore && cursors.length < BEFORE_PAGE_50;) {
      const { answer } = await api.ask<Walked>(WALK, {
        search: query.search,
        filter: query.filter,
        after: cursors.at(-1),
        first: Math.min(STEP, BEFORE_PAGE_50 - cursors.length),
      });
      if (!answer.data) break;
      const { edges, pageInfo } = answer.data.papers;
      cursors.push(...edges.map(({ cursor }) => cursor));
      hasMore = pageInfo.hasNextPage;
      if (!hasMore) cursors.splice(Math.max(0, (Math.ceil(cursors.length / PAGE) - 1) * PAGE));
    }
    const after = cursors.at(-1);
    if (after) questions.push(ask(query, { after }));
  }
  return questions;
}

/** Tags and organisations of 1 in 10,000 papers; what 9 in 10 have. */
async function filterFacts(db: Database): Promise<FilterFacts> {
  const [tags, organisations, row] = await Promise.all([
    slugsNear(db, sql`tags`),
    slugsNear(db, sql`organisations`),
    db.first<{ tenth: Date; tag: string }>(
      "bench.dateOfTenth",
      sql`SELECT (SELECT published_at FROM papers ORDER BY published_at, id
                  OFFSET (SELECT count(*) / 10 FROM papers) LIMIT 1) AS tenth,
                 (SELECT slug FROM tags WHERE paper_count < (SELECT count(*) / 10 FROM papers)
                  ORDER BY paper_count DESC, slug LIMIT 1) AS tag`,
    ),
  ]);
  return {
    narrow: [0, 1, 2, 3].flatMap((index) => [
      { tags: { anyOf: [tags[index]] } },
      { organisations: { anyOf: [organisations[index]] } },
    ]),
    wide: [{ publishedAt: { gte: row?.tenth.toISOString() } }, { tags: { noneOf: [row?.tag] } }],
  };
}

async function slugsNear(db: Database, table: Sql): Promise<string[]> {
  const rows = await db.query<{ slug: string }>(
    "bench.slugsNear",
    sql`SELECT slug FROM ${table} ORDER BY abs(paper_count - (SELECT count(*) / 10000 FROM papers)), slug LIMIT 4`,
  );
  return rows.map(({ slug }) => slug);
}
