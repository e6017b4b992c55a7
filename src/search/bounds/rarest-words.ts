import { idfOf } from "../ranking/idf.js";
import type { TermNode } from "../language/query-ast.js";
import type { TermPatterns } from "../language/query-terms.js";
import type { SearchStatistics } from "../ranking/statistics.js";
import { MOST_PLAIN_WORDS } from "./bound-query.js";

/** Of each word and phrase what must be found, each by itself. */
type Units = ReadonlyMap<TermNode, readonly TermPatterns[]>;

/**
 * Leaves out the commonest of very many plain words, as if they were stop words: each costs time in every paper that
 * has the rarer ones, and says least. Of words that are as rare, those typed first are kept.
 * @returns the units without those of the words that are left out.
 */
export function rarestWords(units: Units, statistics: SearchStatistics | null): Units {
  const words = new Map<string, { nodes: TermNode[]; idf: number }>();
  for (const [node, found] of units) {
    if (node.kind !== "word" || node.field !== "any" || node.prefix || !found.length) continue;
    const known = words.get(node.text);
    if (known) known.nodes.push(node);
    else words.set(node.text, { nodes: [node], idf: idfOf(statistics, lexemesOf(found)) });
  }
  if (words.size <= MOST_PLAIN_WORDS) return units;
  const weight = ({ nodes, idf }: { nodes: TermNode[]; idf: number }) => nodes.length * idf;
  const commonest = [...words.values()].sort((a, b) => weight(b) - weight(a)).slice(MOST_PLAIN_WORDS);
  const left = new Map(units);
  for (const node of commonest.flatMap(({ nodes }) => nodes)) left.set(node, []);
  return left;
}

function lexemesOf(units: readonly TermPatterns[]): string[] {
  const patterns = units.flat().flatMap(({ words }) => words);
  return [...new Set(patterns.flatMap(({ lexemes }) => lexemes))];
}
