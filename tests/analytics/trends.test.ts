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

interface Trend {
  key: string;
  count: number;
  previousCount: number;
  growth: number | null;
  score: number;
  start: string;
  end: string;
}
type Window = "DAY" | "WEEK" | "MONTH" | "QUARTER" | "YEAR";

const QUERY = `query ($dimension: PaperDimension!, $window: TimeInterval!, $field: PaperDateField!, $until: Date, $filter: PaperFilter, $first: Int) {
  trends(dimension: $dimension, window: $window, field: $field, until: $until, filter: $filter, first: $first)
    { key count previousCount growth score start end } }`;

async function trends(variables: Record<string, unknown>): Promise<Trend[]> {
  return (await api.data<{ trends: Trend[] }>(QUERY, { field: "PUBLISHED_AT", first: 100, ...variables }))
    .trends;
}

const dayOf = (moment: string) => moment.slice(0, 10);

/** The day so many windows before, as a calendar on the wall tells it; the days asked about are at no month's end. */
function back(day: string, window: Window): string {
  const date = new Date(day);
  const months = { DAY: 0, WEEK: 0, MONTH: 1, QUARTER: 3, YEAR: 12 }[window];
  date.setUTCDate(date.getUTCDate() - { DAY: 1, WEEK: 7, MONTH: 0, QUARTER: 0, YEAR: 0 }[window]);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date.toISOString().slice(0, 10);
}

/** Windows that have papers, and papers in the one before. */
const WINDOWS: [Window, string][] = [
  ["DAY", "2024-01-01"],
  ["DAY", "2024-10-27"],
  ["WEEK", "2024-11-03"],
  ["MONTH", "2024-04-20"],
  ["QUARTER", "2024-03-31"],
  ["QUARTER", "2025-06-15"],
  ["YEAR", "2024-12-30"],
];

/** Wilson's lower bound, as it stands in the textbooks. */
function wilson(hits: number, of: number, z = 3.29): number {
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const width = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return (middle - width) / (1 + (z * z) / of);
}

/** Counted once more without SQL. */
function trendsIn(
  among: Analysed[],
  dimension: string,
  window: Window,
  field: "publishedAt" | "submittedAt",
  until: string,
) {
  const end = new Date(Date.parse(until) + 86_400_000).toISOString().slice(0, 10);
  const start = back(end, window);
  const previous = back(start, window);
  const inside = (from: string, to: string) =>
    among.filter((paper) => {
      const moment = paper[field];
      return moment !== null && dayOf(moment) >= from && dayOf(moment) < to;
    });
  const [now, before] = [inside(start, end), inside(previous, start)];
  const having = (of: Analysed[], key: string) =>
    of.filter((paper) => KEYS[dimension]!(paper).includes(key)).length;
  return [...new Set(now.flatMap(KEYS[dimension]!))]
    .map((key) => ({ key, count: having(now, key), previousCount: having(before, key) }))
    .filter(({ count, previousCount }) => count * before.length > previousCount * now.length)
    .map(({ key, count, previousCount }) => {
      const exposure = before.length / now.length;
      const lower = wilson(count, count + previousCount);
      const growth = previousCount ? (count / previousCount) * exposure : null;
      return {
        key,
        count,
        previousCount,
        growth,
        score: (lower / (1 - lower)) * exposure,
        start,
        end: until,
      };
    })
    .sort((one, other) =>
      Math.abs(one.score - other.score) > 1e-12 ? other.score - one.score : byCodePoints(one.key, other.key),
    );
}

describe("trends", () => {
  it("are what counting two windows in memory gives", async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("TAG", "ORGANISATION", "AUTHOR", "VENUE", "SUBMITTER", "HAS_CODE"),
        fc.constantFrom(...WINDOWS),
        fc.constantFrom("PUBLISHED_AT", "SUBMITTED_AT"),
        fc.oneof(fc.constant({}), plainFilter),
        async (dimension, [window, until], field, filter) => {
          const found = await trends({ dimension, window, field, until, filter });
          const matching = papers.filter((paper) => passes(paper, filter));
          const date = field === "PUBLISHED_AT" ? "publishedAt" : "submittedAt";
          const expected = trendsIn(matching, dimension, window, date, until);
          expect(found.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
          told += found.length;
          for (const [index, { growth, score, ...rest }] of expected.entries()) {
            expect(found[index]).toMatchObject(rest);
            expect(found[index]!.score).toBeCloseTo(score, 9);
            if (growth === null) expect(found[index]!.growth).toBeNull();
            else expect(found[index]!.growth).toBeCloseTo(growth, 9);
          }
        },
      ),
      { numRuns: 60 },
    );
    // Two windows that hold papers which tell something are not the rule.
    expect(told).toBeGreaterThan(10);
  });

  it("look at the window up to the latest of the papers unless told otherwise", async () => {
    const filter = { publishedAt: { lt: "2024-12-01" } };
    const found = await trends({ dimension: "TAG", window: "WEEK", filter });
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(await trends({ dimension: "TAG", window: "WEEK", filter, until: "2024-11-03" }));
  });

  it("are none where there is nothing to compare", async () => {
    const none = { upvotes: { gte: 1000 } };
    expect(await trends({ dimension: "TAG", window: "YEAR", filter: none })).toEqual([]);
    expect(await trends({ dimension: "TAG", window: "MONTH", until: "0001-01-01" })).toEqual([]);
    expect(await trends({ dimension: "TAG", window: "DAY", until: "2025-06-15" })).toEqual([]);
  });

  it("do not crown what went from nothing to two papers", async () => {
    for (let n = 0; n < 130; n++) {
      const isNow = n >= 60;
      const tags = [isNow ? n < 100 : n < 10].flatMap((grown) => (grown ? ["steady growth"] : ["the rest"]));
      await buildPaper(api.db, {
        publishedAt: isNow ? "2031-06-10" : "2031-05-10",
        tags: n === 128 || n === 129 ? [...tags, "out of nothing"] : tags,
      });
    }
    const { trends: found } = await api.data<{ trends: (Trend & { tag: { name: string } })[] }>(
      "{ trends(dimension: TAG, window: MONTH, first: 2) { key tag { name } organisation { name } count previousCount score } }",
    );
    expect(found).toMatchObject([
      {
        key: "steady-growth",
        tag: { name: "steady growth" },
        organisation: null,
        count: 40,
        previousCount: 10,
      },
      { key: "out-of-nothing", count: 2, previousCount: 0 },
    ]);
    expect(found[0]!.score).toBeGreaterThan(1);
    expect(found[1]!.score).toBeLessThan(1);
  });

  it("refuse what makes no sense, by name", async () => {
    const refused = async (args: string) => {
      const { errors } = await api.ask(`{ trends(${args}) { key } }`);
      return errors?.[0]?.extensions;
    };
    const bad = (argument: string) => ({ code: "BAD_USER_INPUT", argument });
    expect(await refused("dimension: MONTH, window: MONTH")).toEqual(bad("dimension"));
    expect(await refused("dimension: TAG, window: MONTH, first: 0")).toEqual(bad("first"));
    expect(await refused('dimension: TAG, window: MONTH, until: "2025-02-30"')).toEqual(bad("until"));
    expect(await refused("dimension: TAG, window: MONTH, filter: { year: { gte: 0 } }")).toEqual(
      bad("filter.year.gte"),
    );
  });
});
