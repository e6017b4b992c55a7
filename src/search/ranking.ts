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
  /** Operands of a tsquery, without weights: the spellings of the word, of which a paper's best counts (llm, llms). */
  spellings: readonly (readonly string[])[];
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
    for (const words of wordsOf(patterns)) {
      const spellings = spellingsOf(words);
      const key = `${fields.join()} ${spellings.join()}`;
      const known = scored.get(key);
      if (known) known.times++;
      else scored.set(key, { spellings, fields, idf: idfOfWords(statistics, words), times: 1 });
    }
  }
  const heaviest = [...scored.values()].sort((a, b) => b.idf * b.times - a.idf * a.times);
  return heaviest.slice(0, MAX_SCORED_TERMS);
}

/** @returns for each word of the term what it is in texts and, where it is as many words there, in names. */
function wordsOf(patterns: TermPatterns): WordPattern[][] {
  const [first, ...others] = patterns;
  const aligned = others.filter(({ words }) => words.length === first?.words.length);
  return (first?.words ?? []).map((word, index) => [
    word,
    ...aligned.flatMap(({ words }) => words[index] ?? []),
  ]);
}

function spellingsOf([word, ...names]: readonly WordPattern[]): string[][] {
  const operands = ({ lexemes, prefixes }: WordPattern) => [
    ...lexemes.map(quoted),
    ...prefixes.map((prefix) => `${quoted(prefix)}:*`),
  ];
  const own = word ? operands(word) : [];
  const others = [...new Set(names.flatMap(operands))].filter((operand) => !own.includes(operand));
  if (word?.prefixes.length) return [[...own, ...others]];
  const [main = "", ...spellings] = own;
  return [[main, ...others], ...spellings.map((spelling) => [spelling])];
}

function idfOfWords(statistics: SearchStatistics | null, words: readonly WordPattern[]): number {
  const lexemes = new Set(words.flatMap((word) => word.lexemes));
  const prefixes = new Set(words.flatMap((word) => word.prefixes));
  return idfOf(statistics, [...lexemes], [...prefixes]);
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
    terms.map(({ spellings, fields, idf, times }) => {
      const ranks = spellings.map((operands) => rankSql(tsv, operands, fields, idf * times));
      return ranks.length > 1 ? sql`greatest(${join(ranks)})` : join(ranks);
    }),
    " + ",
  );
  if (!statistics) return rounded(sum);
  return rounded(
    sql`(${sum}) / (${1 - B}::double precision + ${B / stepped(statistics.averageSize)}::double precision * pg_column_size(${tsv}))`,
  );
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
