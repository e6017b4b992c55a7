import { idfOf } from "../ranking/idf.js";
import type { PaperField, TermPatterns, WordPattern } from "../language/query-terms.js";
import type { SearchStatistics } from "../ranking/statistics.js";
import { quoted } from "./tsquery.js";

/** Each costs one to two microseconds a paper; in a longer query the commonest words say least. */
const MAX_TERMS = 32;
const MAX_PAIRS = 64;

/** One word of the query as it is scored. */
export interface ScoredTerm {
  /** Operands of a tsquery, without weights: the spellings of the word, of which a paper's best counts (llm, llms). */
  spellings: readonly (readonly string[])[];
  fields: readonly PaperField[];
  idf: number;
  /** How often it stands in the query. */
  times: number;
}

/** Two words that stand side by side in the query, as operands of a tsquery. */
export interface ScoredPair {
  operands: readonly [string, string];
  fields: readonly PaperField[];
  /** Of the rarer one. */
  idf: number;
  times: number;
}

export interface ScoredQuery {
  terms: readonly ScoredTerm[];
  pairs: readonly ScoredPair[];
}

/** @param units the query's words and phrases in the order they were typed; a phrase is scored as its words. */
export function scoredQuery(
  units: readonly TermPatterns[],
  statistics: SearchStatistics | null,
): ScoredQuery {
  const terms = new Map<string, ScoredTerm>();
  const pairs = new Map<string, ScoredPair>();
  let before: ScoredTerm | null = null;
  for (const patterns of units) {
    const fields = patterns.flatMap((pattern) => pattern.fields);
    for (const words of wordsOf(patterns)) {
      const spellings = spellingsOf(words);
      const key = `${fields.join()} ${spellings.join()}`;
      const term = terms.get(key) ?? { spellings, fields, idf: idfOfWords(statistics, words), times: 0 };
      term.times++;
      terms.set(key, term);
      if (before) addPair(pairs, before, term);
      before = term;
    }
  }
  return { terms: heaviest(terms, MAX_TERMS), pairs: heaviest(pairs, MAX_PAIRS) };
}

function addPair(pairs: Map<string, ScoredPair>, before: ScoredTerm, after: ScoredTerm): void {
  const operands = [before, after].map(({ spellings }) => spellings[0]?.[0] ?? "");
  const [one = "", other = ""] = operands.sort();
  if (!one || !other || one === other || before.fields.join() !== after.fields.join()) return;
  const key = `${before.fields.join()} ${one} ${other}`;
  const idf = Math.max(before.idf, after.idf);
  const known = pairs.get(key);
  if (known) known.times++;
  else pairs.set(key, { operands: [one, other], fields: before.fields, idf, times: 1 });
}

function heaviest<T extends { idf: number; times: number }>(
  found: ReadonlyMap<string, T>,
  most: number,
): T[] {
  return [...found.values()].sort((a, b) => b.idf * b.times - a.idf * a.times).slice(0, most);
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
