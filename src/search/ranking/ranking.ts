import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import type { PaperField } from "../language/query-terms.js";
import type { ScoredPair, ScoredQuery, ScoredTerm } from "../compile/scored-terms.js";
import type { SearchStatistics } from "./statistics.js";
import { anyOf } from "../compile/tsquery.js";
import type { WholeMatch } from "../matching/exact-match.js";

/*
 * How well a paper fits a search. ts_rank over one term is a saturating function of its frequency, written in C; a sum
 * over the terms, each times its rarity, behaves like Lucene's BM25. ts_rank over two terms (a & b) falls with the
 * distance between them, so that words typed side by side count more where they stand close together: the "unordered
 * window" of the sequential dependence model (Metzler & Croft 2005).
 *
 *   score = (Σ times(t) · w(t) · ts_rank(weights, tsv, t) + PAIR · Σ max(w(a), w(b)) · ts_rank(weights, tsv, a & b))
 *           / (1 - B + B · size / average size)  +  bonus · Σ times(t) · w(t)
 *   w(t)  = ln(1 + (N - df(t) + 0.5) / (df(t) + 0.5)) ^ IDF_POWER     Robertson/Spärck Jones as Lucene has it
 *   bonus = 2 for the very title, 1 for a title that has all the words, 0.5 for the words in a row anywhere
 *
 * What is excluded scores nothing. The score must come out the same when the next page is asked for. It depends on the
 * paper's row and on statistics that only ANALYZE changes; idf and average size are taken in coarse steps, so that most
 * runs of ANALYZE change no score, and it is rounded, so that it is the same text whatever plan computed it.
 *
 * The constants were chosen on the Cranfield and CISI collections, on plateaus rather than peaks: nDCG@10 is
 * 0.539 and 0.403 with them; 0.528 and 0.394 without PAIR and IDF_POWER; 0.504 and 0.392 without a weight for titles.
 */

/** Weights of ts_rank by field. A word in the title says what a paper is about; names are chosen with care, too. */
const WEIGHT: Record<PaperField, number> = {
  title: 1,
  tags: 0.9,
  organisations: 0.9,
  authors: 0.9,
  abstract: 0.7,
};

/** How much long papers give way to short ones: BM25's b. */
const B = 0.2;
/** How much words typed side by side count as a pair, beside each by itself. */
const PAIR = 0.2;
/** Rare words count a little more than in BM25; Lucene's older formula had the square. */
const IDF_POWER = 1.25;

/** So large that such papers come first whatever else the others have. */
const BONUS = { sameTitle: 2, inTitle: 1, inSequence: 0.5 };

/** The average size in bytes, in steps of about 9 %. */
const SIZE_STEPS_PER_DOUBLING = 8;

/** What a search's score is made of. */
export interface Scoring extends ScoredQuery {
  whole: WholeMatch | null;
  /** Ids of papers whose title is the search. */
  sameTitle: readonly number[];
}

/** @returns the score over `alias`, a row with the columns id and tsv: a float8, the higher the better. */
export function scoreSql(alias: string, scoring: Scoring, statistics: SearchStatistics | null): Sql {
  const { terms, pairs } = scoring;
  if (!terms.length) return sql`0::double precision`;
  const tsv = raw(`${alias}.tsv`);
  const sum = join(
    [...terms.map((term) => termSql(tsv, term)), ...pairs.map((pair) => pairSql(tsv, pair))],
    " + ",
  );
  return rounded(sql`${normalised(sum, tsv, statistics)}${bonusSql(alias, scoring)}`);
}

function weightOf({ idf, times }: { idf: number; times: number }): number {
  return times * idf ** IDF_POWER;
}

function termSql(tsv: Sql, term: ScoredTerm): Sql {
  const ranks = term.spellings.map((operands) => rankSql(tsv, operands, term.fields, weightOf(term)));
  return ranks.length > 1 ? sql`greatest(${join(ranks)})` : join(ranks);
}

function pairSql(tsv: Sql, pair: ScoredPair): Sql {
  return sql`${PAIR * weightOf(pair)}::double precision * ts_rank(${rankWeights(pair.fields)}::real[], ${tsv}, ${pair.operands.join(" & ")}::tsquery)`;
}

function normalised(sum: Sql, tsv: Sql, statistics: SearchStatistics | null): Sql {
  if (!statistics) return sql`(${sum})`;
  return sql`(${sum}) / (${1 - B}::double precision + ${B / stepped(statistics.averageSize)}::double precision * pg_column_size(${tsv}))`;
}

function bonusSql(alias: string, { terms, whole, sameTitle }: Scoring): Sql {
  const all = terms.reduce((sum, term) => sum + weightOf(term), 0);
  const cases: Sql[] = [];
  const bonus = (condition: Sql, share: number) =>
    cases.push(sql`WHEN ${condition} THEN ${share * all}::double precision`);
  const has = (tsquery: string) => sql`${raw(alias)}.tsv @@ ${tsquery}::tsquery`;
  if (sameTitle.length) bonus(sql`${raw(alias)}.id = ANY (${sameTitle}::integer[])`, BONUS.sameTitle);
  if (whole?.inTitle) bonus(has(whole.inTitle), BONUS.inTitle);
  if (whole?.inSequence) bonus(has(whole.inSequence), BONUS.inSequence);
  return cases.length ? sql` + CASE ${join(cases, " ")} ELSE 0 END` : empty;
}

/** ts_rank divides by the number of alternatives; a paper is not to be worse for what the query adds. */
function rankSql(tsv: Sql, operands: readonly string[], fields: readonly PaperField[], weight: number): Sql {
  const factor = sql`${weight * operands.length}::double precision`;
  return sql`${factor} * ts_rank(${rankWeights(fields)}::real[], ${tsv}, ${anyOf(operands)}::tsquery)`;
}

function rounded(score: Sql): Sql {
  return sql`(round((${score}) * 1e6::double precision) / 1e6::double precision)`;
}

function stepped(size: number): number {
  return Math.round(2 ** (Math.round(Math.log2(size) * SIZE_STEPS_PER_DOUBLING) / SIZE_STEPS_PER_DOUBLING));
}

/** In the order that ts_rank takes: D, C, B, A. */
function rankWeights(fields: readonly PaperField[]): number[] {
  const weight = (field: PaperField): number => (fields.includes(field) ? WEIGHT[field] : 0);
  return [
    weight("abstract"),
    weight("authors"),
    Math.max(weight("tags"), weight("organisations")),
    weight("title"),
  ];
}
