import sql, { join, raw, type Sql } from "sql-template-tag";
import { anyOf, quoted } from "./tsquery.js";
import { paperFrequency, type SearchStatistics } from "./statistics.js";
import type { PaperField, TermPatterns, WordPattern } from "./query-terms.js";

/*
 * How well a paper fits a search. ts_rank over one term is a saturating function of its frequency, written in C; a sum
 * over the terms, each times its rarity, behaves like Lucene's BM25:
 *
 *   score = Σ times(t) · idf(t) · ts_rank(weights, tsv, t)  /  (1 - B + B · size / average size)
 *   idf(t) = ln(1 + (N - df(t) + 0.5) / (df(t) + 0.5))          Robertson/Spärck Jones as Lucene has it
 *
 * A phrase is scored as its words: that they stand together is what it matches by. What is excluded scores nothing.
 *
 * The score must come out the same when the next page is asked for. It depends on the paper's row and on statistics
 * that only ANALYZE changes; idf and average size are taken in coarse steps, so that most runs of ANALYZE change no
 * score, and it is rounded, so that it is the same text whatever plan computed it.
 */

/**
 * Weights of ts_rank by field. Together with a B of 0.2 they beat BM25 on the Cranfield and CISI collections; only
 * titles stand out, as a word there says what a paper is about.
 */
const WEIGHT: Record<PaperField, number> = {
  title: 1,
  tags: 0.7,
  organisations: 0.7,
  authors: 0.7,
  abstract: 0.7,
};

/** How much long papers give way to short ones: BM25's b. */
const B = 0.2;

/** Without statistics every term counts the same. */
const UNKNOWN_IDF = 1;
const IDF_STEP = 0.25;
/** The average size in bytes, in steps of about 9 %. */
const SIZE_STEPS_PER_DOUBLING = 8;

/** Each costs one to two microseconds a paper; in a longer query the commonest words say least. */
const MAX_SCORED_TERMS = 32;

/** One word of the query as it is scored. */
export interface ScoredTerm {
  /** A tsquery of alternatives, without weights. */
  query: string;
  /** How many alternatives it has. */
  operands: number;
  fields: readonly PaperField[];
  idf: number;
  /** How often it stands in the query. */
  times: number;
}

export function scoredTerms(
  terms: readonly TermPatterns[],
  statistics: SearchStatistics | null,
): ScoredTerm[] {
  const scored = new Map<string, ScoredTerm>();
  for (const patterns of terms) {
    const fields = patterns.flatMap((pattern) => pattern.fields);
    for (const { lexemes, prefixes } of wordsOf(patterns)) {
      const operands = [...lexemes.map(quoted), ...prefixes.map((prefix) => `${quoted(prefix)}:*`)];
      const query = anyOf(operands);
      const known = scored.get(`${fields.join()} ${query}`);
      if (known) known.times++;
      else {
        const idf = idfOf(statistics, lexemes, prefixes);
        scored.set(`${fields.join()} ${query}`, { query, operands: operands.length, fields, idf, times: 1 });
      }
    }
  }
  const heaviest = [...scored.values()].sort((a, b) => b.idf * b.times - a.idf * a.times);
  return heaviest.slice(0, MAX_SCORED_TERMS);
}

/** The same word may be one lexeme in texts and another in names; in a phrase with stop words only the texts' count. */
function wordsOf(patterns: TermPatterns): Omit<WordPattern, "gap">[] {
  const [first, ...others] = patterns;
  const aligned = others.filter(({ words }) => words.length === first?.words.length);
  return (first?.words ?? []).map((word, index) => {
    const same = [word, ...aligned.flatMap(({ words }) => words[index] ?? [])];
    return {
      lexemes: [...new Set(same.flatMap(({ lexemes }) => lexemes))],
      prefixes: [...new Set(same.flatMap(({ prefixes }) => prefixes))],
    };
  });
}

export function idfOf(
  statistics: SearchStatistics | null,
  lexemes: readonly string[],
  prefixes: readonly string[] = [],
): number {
  if (!statistics) return UNKNOWN_IDF;
  const df = paperFrequency(statistics, lexemes, prefixes);
  const idf = Math.log(1 + (statistics.papers - df + 0.5) / (df + 0.5));
  return Math.max(1, Math.round(idf / IDF_STEP)) * IDF_STEP;
}

/** @returns the score over `alias`, a row with the column tsv: a float8, the higher the better. */
export function scoreSql(
  alias: string,
  terms: readonly ScoredTerm[],
  statistics: SearchStatistics | null,
): Sql {
  if (!terms.length) return sql`0::double precision`;
  const tsv = raw(`${alias}.tsv`);
  const sum = join(
    terms.map(({ query, operands, fields, idf, times }) => {
      // ts_rank divides by the number of alternatives; a paper is not to be worse for what the query adds.
      const factor = idf * times * operands;
      return sql`${factor}::double precision * ts_rank(${rankWeights(fields)}::real[], ${tsv}, ${query}::tsquery)`;
    }),
    " + ",
  );
  if (!statistics) return rounded(sum);
  return rounded(
    sql`(${sum}) / (${1 - B}::double precision + ${B / stepped(statistics.averageSize)}::double precision * pg_column_size(${tsv}))`,
  );
}

function rounded(score: Sql): Sql {
  return sql`round((${score}) * 1e6::double precision) / 1e6::double precision`;
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
