import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { fillPage, withAllWords, type Matching } from "./strict-matching.js";
import { isOptional, optionalWords, presentWords, type OptionalWord } from "./optional-words.js";
import { group, type QueryNode } from "../language/query-ast.js";
import {
  conditionOf,
  conditionSql,
  type Meanings,
  type SearchCondition,
} from "../compile/search-condition.js";
import { TOGETHERNESS, type SearchStatistics } from "../ranking/statistics.js";
import { candidates, chanceOfWeight } from "./threshold.js";

/*
 * Which papers match: those that have all the words when they fill a page, else those that share enough of the words'
 * weight. Only plain words may be missing; phrases, fields, signs and groups bind. The decision hangs on the text and
 * the database alone, so that every order, page and filter sees the same set.
 */

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

function withEnoughWords(
  binding: SearchCondition | null,
  words: readonly OptionalWord[],
  statistics: SearchStatistics | null,
): Matching {
  const total = words.reduce((sum, { weight }) => sum + weight, 0);
  const need = Math.ceil(total * shareFor(words, total, statistics));
  const { query } = candidates(words, need, fewOf(statistics));
  const sharing = (alias: string) => {
    const shared = sharedSql(alias, query, words, need);
    return binding ? sql`(${conditionSql(binding, alias)} AND ${shared})` : shared;
  };
  const expected = Math.min(1, TOGETHERNESS * chanceOfWeight(words, need));
  return {
    condition: { kind: "sql", sql: sharing },
    relaxed: true,
    atMost: expected * (statistics?.papers ?? 0),
  };
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

function sharedSql(alias: string, finding: string, words: readonly OptionalWord[], need: number): Sql {
  const tsv = raw(`${alias}.tsv`);
  const weights = words.map(
    ({ query, weight }) => sql`CASE WHEN ${tsv} @@ ${query}::tsquery THEN ${weight}::integer ELSE 0 END`,
  );
  return sql`(${tsv} @@ ${finding}::tsquery AND ${join(weights, " + ")} >= ${need}::integer)`;
}
