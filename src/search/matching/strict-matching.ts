import sql, { raw } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { expectedPapers, type OptionalWord } from "./optional-words.js";
import { conditionSql, type SearchCondition } from "../compile/search-condition.js";
import type { SearchStatistics } from "../ranking/statistics.js";
import { areTiered, inTier, LARGEST_TIER } from "../ranking/tiers.js";
import { allOf } from "../compile/tsquery.js";

/** A page. */
const ENOUGH_PAPERS = 20;
/** As many as that are expected: they surely fill a page, and nobody needs to look. */
const SURELY_ENOUGH = 5_000;
/** As few as that are not looked for where the rarest of the words is in so many papers that it takes long. */
const HARDLY_ANY = 1;
const DEAR_TO_COUNT = 10_000;

/** Words that find the papers which have all of many; more, where so many would find more papers than that. */
const FINDING_WORDS = 3;
const FOUND_PAPERS = 1_000;

export interface Matching {
  condition: SearchCondition;
  /** Whether not all of the words need be there. */
  relaxed: boolean;
  /** How many papers match at most, as statistics say. */
  atMost: number;
}

/** @returns the papers that have all of the words. */
export function withAllWords(
  strict: SearchCondition,
  words: readonly OptionalWord[],
  statistics: SearchStatistics | null,
): Matching {
  const rarest = Math.min(1, ...words.map(({ frequency }) => frequency));
  return {
    condition: indexedByRarest(strict, words, statistics),
    relaxed: false,
    atMost: rarest * (statistics?.papers ?? 0),
  };
}

/**
 * GIN looks at every word of a query for each paper of the rarest one: with many words it is faster to let the rarest
 * of them find the papers, and to read these. IS TRUE keeps the whole query out of the index.
 */
function indexedByRarest(
  strict: SearchCondition,
  words: readonly OptionalWord[],
  statistics: SearchStatistics | null,
): SearchCondition {
  let count = FINDING_WORDS;
  while (count < words.length && expectedPapers(words.slice(0, count), statistics) > FOUND_PAPERS) count++;
  if (strict.kind !== "text" || words.length <= count) return strict;
  const finding = allOf(words.slice(0, count).map(({ query }) => query));
  return {
    kind: "sql",
    sql: (alias) => {
      const tsv = raw(`${alias}.tsv`);
      return sql`(${tsv} @@ ${finding}::tsquery AND (${tsv} @@ ${strict.tsquery}::tsquery) IS TRUE)`;
    },
  };
}

/** @returns whether papers with all words fill a page; asked of the database only where statistics leave it open. */
export async function fillPage(
  db: Database,
  strict: SearchCondition,
  words: readonly OptionalWord[],
  all: Matching,
  statistics: SearchStatistics | null,
): Promise<boolean> {
  const expected = expectedPapers(words, statistics);
  if (strict.kind === "text" && expected >= SURELY_ENOUGH) return true;
  if (expected < HARDLY_ANY && all.atMost > DEAR_TO_COUNT) return false;
  return areEnough(db, all.condition, statistics);
}

/** Looks among the well-known papers first, as that is fast, where there are such tiers. */
async function areEnough(
  db: Database,
  strict: SearchCondition,
  statistics: SearchStatistics | null,
): Promise<boolean> {
  const found = sql`SELECT p.id FROM paper_matches p WHERE ${conditionSql(strict, "p")}`;
  const fill = (table: string) =>
    sql`(SELECT count(*) FROM (SELECT FROM ${raw(table)} LIMIT ${ENOUGH_PAPERS}) page) = ${ENOUGH_PAPERS}::bigint`;
  const isTiered = statistics !== null && areTiered(statistics.papers);
  const known = isTiered ? sql`${found} AND ${inTier("p", LARGEST_TIER)}` : sql`SELECT WHERE false`;
  // Kept apart as MATERIALIZED: for a page alone the planner would hope to come across one and read the whole table.
  const row = await db.first<{ enough: boolean }>(
    "search.areEnough",
    sql`WITH known AS MATERIALIZED (${known}), found AS MATERIALIZED (${found})
        SELECT CASE WHEN ${fill("known")} THEN true ELSE ${fill("found")} END AS enough`,
  );
  return row?.enough === true;
}
