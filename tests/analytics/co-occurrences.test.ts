import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildAnalysed,
  byCodePoints,
  KEYS,
  passes,
  plainFilter,
  type Analysed,
} from "../support/analysed-papers.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
let papers: Analysed[];
beforeAll(async () => {
  api = await testApi();
  papers = await buildAnalysed(api.db, 120);
});
afterAll(() => api.close());

interface Pair {
  a: string;
  b: string;
  count: number;
  expected: number;
  lift: number;
  score: number;
}

const QUERY = `query ($a: PaperDimension!, $b: PaperDimension!, $filter: PaperFilter, $first: Int, $minCount: Int) {
  coOccurrences(a: $a, b: $b, filter: $filter, first: $first, minCount: $minCount) { a b count expected lift score } }`;

/** Counted once more without SQL: every pair of values is looked for in every paper. */
function pairsIn(among: Analysed[], a: string, b: string, least: number): Pair[] {
  const values = (dimension: string) => [...new Set(among.flatMap(KEYS[dimension]!))];
  const has = (paper: Analysed, dimension: string, key: string) => KEYS[dimension]!(paper).includes(key);
  const pairs = values(a).flatMap((one) =>
    values(b)
      .filter((other) => a !== b || byCodePoints(one, other) < 0)
      .map((other): Pair => {
        const table = [0, 0, 0, 0];
        for (const paper of among) table[(has(paper, a, one) ? 0 : 2) + (has(paper, b, other) ? 0 : 1)]! += 1;
        const [both = 0, onlyA = 0, onlyB = 0] = table;
        const [rows, columns] = [both + onlyA, both + onlyB];
        const expected = (rows * columns) / among.length;
        const cells = [
          expected,
          rows - expected,
          columns - expected,
          among.length - rows - columns + expected,
        ];
        const score = table.reduce(
          (sum, count, cell) => sum + (count ? 2 * count * Math.log(count / cells[cell]!) : 0),
          0,
        );
        return { a: one, b: other, count: both, expected, lift: both / expected, score };
      }),
  );
  return pairs
    .filter(({ count, expected }) => count >= least && count - expected > 1e-9)
    .sort((one, other) =>
      Math.abs(one.score - other.score) > 1e-9
        ? other.score - one.score
        : byCodePoints(one.a, other.a) || byCodePoints(one.b, other.b),
    );
}

const dimension = fc.constantFrom("TAG", "ORGANISATION", "AUTHOR", "VENUE", "SUBMITTER", "HAS_CODE", "YEAR");

describe("coOccurrences", () => {
  it("are what counting pairs in memory gives", async () => {
    await fc.assert(
      fc.asyncProperty(
        dimension,
        dimension,
        fc.integer({ min: 1, max: 6 }),
        plainFilter,
        async (a, b, minCount, filter) => {
          const { coOccurrences: found } = await api.data<{ coOccurrences: Pair[] }>(QUERY, {
            a,
            b,
            filter,
            minCount,
            first: 100,
          });
          const matching = papers.filter((paper) => passes(paper, filter));
          const expected = pairsIn(matching, a, b, minCount);
          const byName = (pairs: Pair[]) =>
            [...pairs].sort((one, other) => byCodePoints(`${one.a} ${one.b}`, `${other.a} ${other.b}`));
          expect(byName(found).map((pair) => [pair.a, pair.b, pair.count])).toEqual(
            byName(expected).map((pair) => [pair.a, pair.b, pair.count]),
          );
          for (const [index, pair] of byName(expected).entries()) {
            const other = byName(found)[index]!;
            expect(other.expected).toBeCloseTo(pair.expected, 9);
            expect(other.lift).toBeCloseTo(pair.lift, 9);
            expect(other.score).toBeCloseTo(pair.score, 6);
          }
          // In the order of their scores, as far as the last bits of a logarithm tell.
          for (const [index, pair] of found.slice(1).entries())
            expect(pair.score).toBeLessThanOrEqual(found[index]!.score + 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are ten of at least three papers unless asked otherwise, and the surest of all", async () => {
    const { coOccurrences: found } = await api.data<{ coOccurrences: Pair[] }>(
      "{ coOccurrences(a: TAG, b: AUTHOR) { a b count expected lift score } }",
    );
    const expected = pairsIn(papers, "TAG", "AUTHOR", 3).slice(0, 10);
    expect(found.map(({ a, b }) => [a, b])).toEqual(expected.map(({ a, b }) => [a, b]));
  });

  it("are none where nothing matches", async () => {
    const variables = { a: "TAG", b: "TAG", filter: { upvotes: { gte: 1000 } } };
    expect(await api.data(QUERY, variables)).toEqual({ coOccurrences: [] });
  });

  it("refuse numbers out of range by name", async () => {
    for (const [args, argument] of [
      ["first: 0", "first"],
      ["first: 101", "first"],
      ["minCount: 0", "minCount"],
    ]) {
      const { errors } = await api.ask(`{ coOccurrences(a: TAG, b: TAG, ${args}) { count } }`);
      expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument });
    }
  });
});

it("refuses to count more pairs than fit into its time, and says what to change", async () => {
  const names = Array.from({ length: 1_415 }, (_, n) => `Member ${n}`);
  await buildPaper(api.db, { authors: names, tags: ["large-team"] });
  const ask = (minCount: number) =>
    api.ask<{ coOccurrences: unknown[] }>(
      `{ coOccurrences(a: AUTHOR, b: AUTHOR, minCount: ${minCount}, filter: { tags: { anyOf: ["large-team"] } }) { a b } }`,
    );
  const { errors } = await ask(1);
  expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", argument: "minCount" });
  expect(errors?.[0]?.message).toContain("1000405 pairs");
  expect((await ask(2)).data).toEqual({ coOccurrences: [] });
});
