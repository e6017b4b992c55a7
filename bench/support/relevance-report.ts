import type { JudgedQuery } from "./beir.js";
import { mean, median, ndcg, quantile, recall } from "./metrics.js";
import { TS_RANK, type ReferenceName } from "./relevance-references.js";
import { milliseconds, table } from "./table.js";

/** nDCG@10 of BM25 as shared/data/README.md has it: title and text, Porter stems, Lucene's stop words. */
const PUBLISHED: Record<string, Partial<Record<ReferenceName, number>>> = {
  cranfield: { "k1 0.9 b 0.4": 0.4843, "k1 1.2 b 0.75": 0.511 },
  cisi: { "k1 0.9 b 0.4": 0.3643, "k1 1.2 b 0.75": 0.3826 },
};

const REFERENCES: ReferenceName[] = [TS_RANK, "k1 0.9 b 0.4", "k1 1.2 b 0.75"];
const BM25: ReferenceName[] = ["k1 0.9 b 0.4", "k1 1.2 b 0.75"];

/** How many of the worst queries are listed. */
const WORST = 20;

interface Answered {
  query: JudgedQuery;
  milliseconds: number;
  failed: boolean;
  /** Ids of documents, the best first. */
  own: string[];
  /** The same of each reference. */
  ranked: Record<string, string[]>;
}

interface QueryResult {
  query: JudgedQuery;
  found: number;
  own: number;
  references: Record<string, number>;
}

export interface Judged {
  name: string;
  documents: number;
  /** How many queries were cut to the length that the API takes. */
  cut: number;
  ndcg: number;
  recall: number;
  /** Shares of the queries. */
  nothing: number;
  failed: number;
  times: number[];
  references: Record<string, { ndcg: number; recall: number }>;
  queries: QueryResult[];
}

export function judge(
  collection: Pick<Judged, "name" | "documents" | "cut">,
  answers: readonly Answered[],
): Judged {
  const scores = (documents: (answer: Answered) => string[]) => ({
    ndcg: mean(answers.map((answer) => ndcg(documents(answer), answer.query.judgements, 10))),
    recall: mean(answers.map((answer) => recall(documents(answer), answer.query.judgements, 100))),
  });
  return {
    ...collection,
    ...scores(({ own }) => own),
    nothing: mean(answers.map(({ own }) => (own.length ? 0 : 1))),
    failed: mean(answers.map(({ failed }) => (failed ? 1 : 0))),
    times: answers.map((answer) => answer.milliseconds),
    references: Object.fromEntries(
      REFERENCES.map((name) => [name, scores(({ ranked }) => ranked[name] ?? [])]),
    ),
    queries: answers.map(({ query, own, ranked }) => ({
      query,
      found: own.length,
      own: ndcg(own, query.judgements, 10),
      references: Object.fromEntries(
        REFERENCES.map((name) => [name, ndcg(ranked[name] ?? [], query.judgements, 10)]),
      ),
    })),
  };
}

const HEAD = [
  [
    "collection",
    "docs",
    "queries",
    "nDCG@10",
    "/ BM25",
    "recall@100",
    "nothing",
    "failed",
    "median ms",
    "p95 ms",
  ],
  ["| ts_rank", "BM25 .9/.4", "BM25 1.2/.75", "their recall", "| published .9/.4", "1.2/.75"],
].flat();

/** One line for each collection; "/ BM25" is the share of the best BM25 column, of the run's and the published ones. */
export function relevanceTable(judged: readonly Judged[]): string {
  const rows = judged.map(row);
  if (judged.length > 1) {
    const average = mean(judged.map((each) => each.ndcg));
    const ratio = mean(judged.map((each) => each.ndcg / bestBm25(each)));
    rows.push([
      "mean",
      "",
      "",
      average.toFixed(4),
      ratio.toFixed(3),
      mean(judged.map((each) => each.recall)).toFixed(4),
    ]);
  }
  return table(HEAD, rows);
}

function row(judged: Judged): string[] {
  const reference = (name: ReferenceName) => judged.references[name] ?? { ndcg: NaN, recall: NaN };
  const published = (name: ReferenceName) => PUBLISHED[judged.name]?.[name]?.toFixed(4) ?? "-";
  const recalls = BM25.map((name) => reference(name).recall);
  return [
    judged.name,
    String(judged.documents),
    `${judged.queries.length}${judged.cut ? ` (${judged.cut} cut)` : ""}`,
    judged.ndcg.toFixed(4),
    (judged.ndcg / bestBm25(judged)).toFixed(3),
    judged.recall.toFixed(4),
    percent(judged.nothing),
    percent(judged.failed),
    milliseconds(median(judged.times)),
    milliseconds(quantile(judged.times, 0.95)),
    ...REFERENCES.map((name) => reference(name).ndcg.toFixed(4)),
    Math.max(...recalls).toFixed(4),
    ...BM25.map(published),
  ];
}

function bestBm25({ name, references }: Judged): number {
  return Math.max(...BM25.map((each) => Math.max(references[each]?.ndcg ?? 0, PUBLISHED[name]?.[each] ?? 0)));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The queries that lose most against BM25. */
export function worstQueries({ name, queries }: Judged): string {
  const lost = (result: QueryResult) =>
    Math.max(...BM25.map((each) => result.references[each] ?? 0)) - result.own;
  const worst = [...queries].sort((a, b) => lost(b) - lost(a)).slice(0, WORST);
  const rows = worst.map((result) => [
    `${result.query.id} ${result.query.text.replace(/\s+/g, " ").trim().slice(0, 90)}`,
    result.own.toFixed(3),
    ...REFERENCES.map((each) => (result.references[each] ?? 0).toFixed(3)),
    String(result.found),
  ]);
  return table([`${name}: where BM25 is better`, "nDCG@10", ...REFERENCES, "found"], rows);
}
