import type { FieldPattern, PaperField, TermPatterns, WordPattern } from "../language/query-terms.js";

/*
 * Texts of tsquery values. They are handed to Postgres as parameters and cast, which needs no parser of queries there:
 * to_tsquery and websearch_to_tsquery raise on what people type.
 */

/** The weight that each field's lexemes carry in paper_search.tsv. */
export const FIELD_WEIGHT: Record<PaperField, "A" | "B" | "C" | "D"> = {
  title: "A",
  tags: "B",
  organisations: "B",
  authors: "C",
  abstract: "D",
};
const ALL_WEIGHTS = "ABCD";

/** @returns a term as a tsquery; `patterns` holds one or more. */
export function termQuery(patterns: TermPatterns): string {
  const words = patterns.map((pattern) => pattern.words[0]);
  const single = patterns.every((pattern) => pattern.words.length === 1);
  if (!single) return anyOf(patterns.flatMap(phraseQueries));
  const weights = new Map<string, Set<string>>();
  for (const [index, pattern] of patterns.entries()) {
    for (const operand of operandsOf(words[index])) {
      const known = weights.get(operand) ?? new Set();
      for (const field of pattern.fields) known.add(FIELD_WEIGHT[field]);
      weights.set(operand, known);
    }
  }
  return anyOf([...weights].map(([operand, known]) => weighted(operand, [...known].sort().join(""))));
}

/** A phrase once for each weight: the fields' positions follow one another in the tsvector, and a phrase must not. */
function phraseQueries({ fields, words }: FieldPattern): string[] {
  const weights = new Set(fields.map((field) => FIELD_WEIGHT[field]));
  return [...weights].map((weight) => inSequence(words, weight));
}

/** A phrase's place is that of its last word, and Postgres counts the width of one that follows: halves may nest. */
function inSequence(words: readonly WordPattern[], weight: string): string {
  if (words.length <= 1) return anyOf(operandsOf(words[0]).map((operand) => weighted(operand, weight)));
  const half = words.length >> 1;
  const [before, after] = [words.slice(0, half), words.slice(half)];
  return `(${inSequence(before, weight)} <${after[0]?.gap ?? 1}> ${inSequence(after, weight)})`;
}

function operandsOf(word: WordPattern | undefined): string[] {
  if (!word) return [];
  return [...word.lexemes.map(quoted), ...word.prefixes.map((prefix) => `${quoted(prefix)}:*`)];
}

function weighted(operand: string, weights: string): string {
  if (weights === ALL_WEIGHTS) return operand;
  return operand.endsWith(":*") ? operand + weights : `${operand}:${weights}`;
}

export function quoted(lexeme: string): string {
  return `'${lexeme.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

export function allOf(queries: readonly string[]): string {
  return balanced(queries, "&");
}

export function anyOf(queries: readonly string[]): string {
  return balanced(queries, "|");
}

export function noneOf(query: string): string {
  return `!(${query})`;
}

/**
 * Postgres reads and evaluates a tsquery by recursion and keeps 32 operators on a stack: halves of halves keep that
 * shallow, however many words there are.
 */
function balanced(queries: readonly string[], operator: "&" | "|"): string {
  if (queries.length <= 1) return queries[0] ?? "";
  const half = queries.length >> 1;
  return `(${balanced(queries.slice(0, half), operator)} ${operator} ${balanced(queries.slice(half), operator)})`;
}
