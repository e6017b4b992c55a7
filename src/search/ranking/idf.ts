import { paperFrequency, type SearchStatistics } from "./statistics.js";

/** Without statistics every term counts the same. */
const UNKNOWN_IDF = 1;
/** In coarse steps, so that most runs of ANALYZE change no score. */
const IDF_STEP = 0.25;

/**
 * @returns how rare papers with any of the lexemes or prefixes are: ln(1 + (N - df + 0.5) / (df + 0.5)), the inverse
 * document frequency of Robertson and Spärck Jones as Lucene has it, in steps.
 */
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
