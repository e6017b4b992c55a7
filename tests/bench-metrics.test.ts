import { describe, expect, test } from "vitest";
import { bm25 } from "../bench/support/bm25.js";
import { mean, ndcg, quantile, recall } from "../bench/support/metrics.js";

describe("the metrics of the benchmarks", () => {
  const judgements = new Map([
    ["a", 3],
    ["b", 2],
    ["c", 1],
    ["d", 0],
    ["e", 2],
  ]);

  test("nDCG agrees with a value computed by hand", () => {
    const dcg = 2 / 1 + 0 / 1.58496 + 3 / 2 + 0 / 2.32193 + 1 / 2.58496;
    const ideal = 3 / 1 + 2 / 1.58496 + 2 / 2 + 1 / 2.32193;
    expect(ndcg(["b", "d", "a", "x", "c"], judgements, 10)).toBeCloseTo(dcg / ideal, 5);
    expect(dcg / ideal).toBeCloseTo(0.6828, 4);
  });

  test("nDCG is 1 for the ideal order, 0 for nothing found, and cut at its depth", () => {
    expect(ndcg(["a", "e", "b", "c"], judgements, 10)).toBe(1);
    expect(ndcg([], judgements, 10)).toBe(0);
    expect(ndcg(["x", "y", "a"], judgements, 2)).toBe(0);
    expect(ndcg(["a", "b"], judgements, 2)).toBe(1);
  });

  test("recall counts relevant documents only", () => {
    expect(recall(["a", "d", "x", "c"], judgements, 100)).toBe(0.5);
    expect(recall(["x", "a"], judgements, 1)).toBe(0);
  });

  test("quantiles are values that were measured", () => {
    const values = [5, 1, 4, 2, 3, 6, 7, 8, 9, 10];
    expect([0.5, 0.95, 1].map((share) => quantile(values, share))).toEqual([5, 10, 10]);
    expect(mean([1, 2, 6])).toBe(3);
  });
});

describe("the BM25 that results are compared with", () => {
  const documents = [
    { id: "one", terms: new Map([["wing", 2], ["flow", 1]]) }, // prettier-ignore
    { id: "two", terms: new Map([["wing", 1]]) },
    { id: "three", terms: new Map([["heat", 5]]) },
  ];

  test("ranks as Lucene's formula computed by hand", () => {
    const ranked = bm25(documents, { k1: 1.2, b: 0.75 })(["wing", "flow"], 10);
    const norm = (length: number) => 1.2 * (0.25 + (0.75 * length) / 3);
    const wing = Math.log(1 + 1.5 / 2.5);
    const flow = Math.log(1 + 2.5 / 1.5);
    expect(ranked.map(({ id }) => id)).toEqual(["one", "two"]);
    expect(ranked[0]?.score).toBeCloseTo((wing * 2) / (2 + norm(3)) + (flow * 1) / (1 + norm(3)), 10);
    expect(ranked[1]?.score).toBeCloseTo(wing / (1 + norm(1)), 10);
  });
});
