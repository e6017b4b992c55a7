/** Of a query, how relevant each document was judged; documents without a judgement are not relevant. */
export type Judgements = ReadonlyMap<string, number>;

/**
 * Normalised discounted cumulative gain of the first `depth` documents, as trec_eval's ndcg_cut has it: the gain is the
 * judgement, divided by log2(1 + rank), and the ideal is the best order of all judged documents.
 */
export function ndcg(ranked: readonly string[], judgements: Judgements, depth: number): number {
  const gains = ranked.slice(0, depth).map((id) => judgements.get(id) ?? 0);
  const ideal = [...judgements.values()].sort((a, b) => b - a).slice(0, depth);
  const best = discounted(ideal);
  return best ? discounted(gains) / best : 0;
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, index) => sum + Math.max(gain, 0) / Math.log2(index + 2), 0);
}

/** The share of the relevant documents that are among the first `depth`. */
export function recall(ranked: readonly string[], judgements: Judgements, depth: number): number {
  const relevant = [...judgements].filter(([, judgement]) => judgement > 0).map(([id]) => id);
  const found = new Set(ranked.slice(0, depth));
  return relevant.length ? relevant.filter((id) => found.has(id)).length / relevant.length : 0;
}

export function mean(values: readonly number[]): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}

/** The smallest value that at least this share of the values do not exceed (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
