import sql, { join } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { idfOf } from "../ranking/idf.js";
import type { QueryNode, TermNode } from "../language/query-ast.js";
import type { TermPatterns } from "../language/query-terms.js";
import { paperFrequency, type SearchStatistics } from "../ranking/statistics.js";
import type { WeighedWord } from "./threshold.js";
import { termQuery } from "../compile/tsquery.js";

/** Weights are whole numbers, so that a sum is the same in whatever order it is made; idf comes in quarters. */
const WEIGHT_PER_IDF = 4;
/** Each costs about a microsecond a paper; the lightest of more say next to nothing. */
const MAX_WORDS = 32;

/** A word that a paper may lack. */
export interface OptionalWord extends WeighedWord {
  /** Whether statistics list it, so that papers surely have it. */
  listed: boolean;
}

export function isOptional(node: QueryNode): node is TermNode {
  return node.kind === "word" && node.field === "any" && !node.prefix;
}

/** @returns the words, the heaviest first. */
export function optionalWords(
  units: readonly TermPatterns[],
  statistics: SearchStatistics | null,
): OptionalWord[] {
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
export function expectedPapers(words: readonly OptionalWord[], statistics: SearchStatistics | null): number {
  return words.reduce((papers, { frequency }) => papers * frequency, statistics?.papers ?? 0);
}

/**
 * A word that no paper has, a slip of the hand perhaps, is none that a paper could lack. Those that statistics list
 * are there.
 */
export async function presentWords(db: Database, words: readonly OptionalWord[]): Promise<OptionalWord[]> {
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
