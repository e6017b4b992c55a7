export interface TermCounts {
  id: string;
  /** How often each term stands in the document. */
  terms: ReadonlyMap<string, number>;
}

export interface Ranked {
  id: string;
  score: number;
}

export interface Bm25Settings {
  k1: number;
  b: number;
}

/** What Anserini takes, and Lucene's default: the two that papers report. */
export const BM25_SETTINGS = {
  "k1 0.9 b 0.4": { k1: 0.9, b: 0.4 },
  "k1 1.2 b 0.75": { k1: 1.2, b: 0.75 },
} satisfies Record<string, Bm25Settings>;

interface Posting {
  document: number;
  count: number;
}

/**
 * BM25 as Lucene computes it since version 8, over documents in memory.
 * @returns a ranking of the documents that hold any of the terms; a term given twice counts twice.
 */
export function bm25(
  documents: readonly TermCounts[],
  { k1, b }: Bm25Settings,
): (terms: readonly string[], limit: number) => Ranked[] {
  const lengths = documents.map(({ terms }) => [...terms.values()].reduce((sum, count) => sum + count, 0));
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, documents.length);
  const norms = lengths.map((length) => k1 * (1 - b + (b * length) / average));
  const postings = postingsOf(documents);
  return (terms, limit) => {
    const scores = new Map<number, number>();
    for (const term of terms) {
      const found = postings.get(term) ?? [];
      const idf = Math.log(1 + (documents.length - found.length + 0.5) / (found.length + 0.5));
      for (const { document, count } of found) {
        const gain = (idf * count) / (count + (norms[document] ?? k1));
        scores.set(document, (scores.get(document) ?? 0) + gain);
      }
    }
    return [...scores]
      .sort(([one, score], [other, otherScore]) => otherScore - score || one - other)
      .slice(0, limit)
      .map(([document, score]) => ({ id: documents[document]?.id ?? "", score }));
  };
}

function postingsOf(documents: readonly TermCounts[]): Map<string, Posting[]> {
  const postings = new Map<string, Posting[]>();
  for (const [document, { terms }] of documents.entries()) {
    for (const [term, count] of terms) {
      const list = postings.get(term);
      if (list) list.push({ document, count });
      else postings.set(term, [{ document, count }]);
    }
  }
  return postings;
}
