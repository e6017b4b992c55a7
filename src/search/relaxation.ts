import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../database/database.js";
import { group, type QueryNode, type TermNode } from "./query-ast.js";
import type { TermPatterns } from "./query-terms.js";
import { idfOf } from "./idf.js";
import { conditionOf, conditionSql, type Meanings, type SearchCondition } from "./search-condition.js";
import { paperFrequency, type SearchStatistics } from "./statistics.js";
import { candidates, chanceOfWeight, type WeighedWord } from "./threshold.js";
import { areTiered, inTier, LARGEST_TIER } from "./tiers.js";
import { allOf, termQuery } from "./tsquery.js";

/*
 * Which papers match: those that have all the words when they fill a page, else those that share enough of the words'
 * weight. Only plain words may be missing; phrases, fields, signs and groups bind. The decision hangs on the text and
 * the database alone, so that every order, page and filter sees the same set.
 */

/** A page. */
const ENOUGH_PAPERS = 20;
/** As many as that are expected: they surely fill a page, and nobody needs to look. */
const SURELY_ENOUGH = 5_000;
/** As few as that are not looked for where the rarest of the words is in so many papers that it takes long. */
const HARDLY_ANY = 1;
const DEAR_TO_COUNT = 10_000;

/**
 * Shares of the words' weight that a paper must have. The lowest is taken that is expected to match no more papers than
 * can be ranked in some milliseconds, so that few papers are searched generously and a million within bounds.
 */
const SHARES = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const RANKED_PAPERS = 1_000;
/** In so few papers all that share anything worth the name can be ranked. */
const FEW_PAPERS = 6_000;
/** What the index finds is read to see what its words weigh; it finds a few times as many as expected. */
const READ_PAPERS = 1_000;
/** To find them, the index steps through the papers of some words, half a microsecond each. */
const STEPPED_PAPERS = 30_000;
/** Words of a query keep company: they stand together more often than chance would have it. */
const TOGETHERNESS = 4;

/** Weights are whole numbers, so that a sum is the same in whatever order it is made; idf comes in quarters. */
const WEIGHT_PER_IDF = 4;
/** Words that find the papers which have all of many; more, where so many would find more papers than that. */
const FINDING_WORDS = 3;
const FOUND_PAPERS = 1_000;
/** Each costs about a microsecond a paper; the lightest of more say next to nothing. */
const MAX_WORDS = 32;

interface OptionalWord extends WeighedWord {
  /** Whether statistics list it, so that papers surely have it. */
  listed: boolean;
}

export interface Matching {
  condition: SearchCondition;
  /** Whether not all of the words need be there. */
  relaxed: boolean;
  /** How many papers match at most, as statistics say. */
  atMost: number;
}

/** @returns which papers match. */
export async function matching(
  db: Database,
  { root, meanings, strict }: { root: QueryNode; meanings: Meanings; strict: SearchCondition },
  statistics: SearchStatistics | null,
): Promise<Matching> {
  const clauses = root.kind === "and" ? root.children : [root];
  const words = optionalWords(
    clauses.filter(isOptional).flatMap((node) => meanings.units.get(node) ?? []),
    statistics,
  );
  const all = withAllWords(strict, words, statistics);
  if (words.length < 2 || (await fillPage(db, strict, words, all, statistics))) return all;
  const present = await presentWords(db, words);
  if (!present.length) return all;
  const bindingNode = group(
    "and",
    clauses.filter((node) => !isOptional(node)),
  );
  return withEnoughWords(bindingNode && conditionOf(bindingNode, meanings), present, statistics);
}

function withAllWords(
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

function withEnoughWords(
  binding: SearchCondition | null,
  words: readonly OptionalWord[],
  statistics: SearchStatistics | null,
): Matching {
  const total = words.reduce((sum, { weight }) => sum + weight, 0);
  const need = Math.ceil(total * shareFor(words, total, statistics));
  const sharing = (alias: string) => {
    const shared = sharedSql(alias, words, need, fewOf(statistics));
    return binding ? sql`(${conditionSql(binding, alias)} AND ${shared})` : shared;
  };
  const expected = Math.min(1, TOGETHERNESS * chanceOfWeight(words, need));
  return {
    condition: { kind: "sql", sql: sharing },
    relaxed: true,
    atMost: expected * (statistics?.papers ?? 0),
  };
}

/** @returns whether papers with all words fill a page; asked of the database only where statistics leave it open. */
async function fillPage(
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

function isOptional(node: QueryNode): node is TermNode {
  return node.kind === "word" && node.field === "any" && !node.prefix;
}

function optionalWords(units: readonly TermPatterns[], statistics: SearchStatistics | null): OptionalWord[] {
  const words = new Map<string, OptionalWord>();
  for (const unit of units) {
    const query = termQuery(unit);
    const lexemes = [
      ...new Set(unit.flatMap((pattern) => pattern.words.flatMap(({ lexemes: found }) => found))),
    ];
    const weight = Math.round(idfOf(statistics, lexemes) * WEIGHT_PER_IDF);
    const frequency = statistics ? paperFrequency(statistics, lexemes) / statistics.papers : 0;
    const listed = lexemes.some((lexeme) => statistics?.frequencies.has(lexeme));
    const known = words.get(query);
    words.set(query, { query, frequency, listed, weight: weight + (known?.weight ?? 0) });
  }
  return [...words.values()].sort((a, b) => b.weight - a.weight || (a.query < b.query ? -1 : 1));
}

/** @returns how many papers would have all of the words, were these strewn independently. */
function expectedPapers(words: readonly OptionalWord[], statistics: SearchStatistics | null): number {
  return words.reduce((papers, { frequency }) => papers * frequency, statistics?.papers ?? 0);
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

/**
 * A word that no paper has, a slip of the hand perhaps, is none that a paper could lack. Those that statistics list
 * are there.
 */
async function presentWords(db: Database, words: readonly OptionalWord[]): Promise<OptionalWord[]> {
  const heaviest = words.slice(0, MAX_WORDS);
  const doubtful = heaviest.filter(({ listed }) => !listed);
  if (!doubtful.length) return heaviest;
  const selects = doubtful.map(
    ({ query }) =>
      sql`SELECT ${query} AS query WHERE EXISTS (
            WITH found AS MATERIALIZED (SELECT 1 FROM paper_search WHERE tsv @@ ${query}::tsquery) SELECT FROM found)`,
  );
  const rows = await db.query<{ query: string }>("search.presentWords", join(selects, " UNION ALL "));
  const present = new Set(rows.map(({ query }) => query));
  return heaviest.filter(({ query, listed }) => listed || present.has(query));
}

function shareFor(
  words: readonly OptionalWord[],
  total: number,
  statistics: SearchStatistics | null,
): number {
  const [lowest = 1] = SHARES;
  if (!statistics || statistics.papers <= FEW_PAPERS) return lowest;
  const fits = (share: number) => {
    const need = Math.ceil(total * share);
    const expected = TOGETHERNESS * chanceOfWeight(words, need);
    const found = candidates(words, need, fewOf(statistics));
    return (
      expected * statistics.papers <= RANKED_PAPERS &&
      found.share * statistics.papers <= READ_PAPERS &&
      found.stepped * statistics.papers <= STEPPED_PAPERS
    );
  };
  return SHARES.find(fits) ?? SHARES.at(-1) ?? lowest;
}

function fewOf(statistics: SearchStatistics | null): number {
  return statistics ? READ_PAPERS / statistics.papers : 1;
}

function sharedSql(alias: string, words: readonly OptionalWord[], need: number, few: number): Sql {
  const tsv = raw(`${alias}.tsv`);
  const weights = words.map(
    ({ query, weight }) => sql`CASE WHEN ${tsv} @@ ${query}::tsquery THEN ${weight}::integer ELSE 0 END`,
  );
  return sql`(${tsv} @@ ${candidates(words, need, few).query}::tsquery AND ${join(weights, " + ")} >= ${need}::integer)`;
}
