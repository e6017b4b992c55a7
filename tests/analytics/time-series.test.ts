import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildAnalysed,
  byCodePoints,
  KEYS,
  ORGANISATIONS,
  passes,
  plainFilter,
  type Analysed,
} from "../support/analysed-papers.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";

let api: Api;
let papers: Analysed[];
beforeAll(async () => {
  api = await testApi();
  papers = await buildAnalysed(api.db, 120);
});
afterAll(() => api.close());

interface Series {
  key: string | null;
  points: { start: string; count: number; upvotes: number }[];
}
interface Args {
  interval: "DAY" | "WEEK" | "MONTH" | "QUARTER" | "YEAR";
  field: "PUBLISHED_AT" | "SUBMITTED_AT";
  timeZone: string;
  splitBy?: string | null;
  splitFirst?: number;
}

const ARGS =
  "$interval: TimeInterval!, $field: PaperDateField!, $timeZone: String, $splitBy: PaperDimension, $splitFirst: Int";
const SERIES = `timeSeries(interval: $interval, field: $field, timeZone: $timeZone, splitBy: $splitBy, splitFirst: $splitFirst)
  { key points { start count upvotes } }`;
const QUERY = `query ($filter: PaperFilter, ${ARGS}) { papers(filter: $filter) { ${SERIES} } }`;

/** The day of the zone's calendar that a moment is in, as Intl tells it. */
function localDay(moment: string, timeZone: string): Date {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  return new Date(format.format(new Date(moment)));
}

function startOf(day: Date, interval: Args["interval"]): Date {
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
  switch (interval) {
    case "DAY":
      return day;
    case "WEEK":
      return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * 86_400_000);
    case "MONTH":
      return new Date(Date.UTC(year, month));
    case "QUARTER":
      return new Date(Date.UTC(year, month - (month % 3)));
    case "YEAR":
      return new Date(Date.UTC(year, 0));
  }
}

/** The series said once more without SQL: every day from the first to the last is looked at. */
function seriesIn(among: Analysed[], { interval, field, timeZone, splitBy, splitFirst = 5 }: Args): Series[] {
  const dated = among.flatMap((paper) => {
    const moment = field === "PUBLISHED_AT" ? paper.publishedAt : paper.submittedAt;
    if (moment === null) return [];
    return [{ paper, start: startOf(localDay(moment, timeZone), interval).toISOString().slice(0, 10) }];
  });
  const starts = dated.map(({ start }) => start).sort();
  const all = new Set<string>();
  if (starts.length)
    for (let day = Date.parse(starts[0]!); day <= Date.parse(starts.at(-1)!); day += 86_400_000)
      all.add(startOf(new Date(day), interval).toISOString().slice(0, 10));
  const series = (key: string | null, of: typeof dated): Series => ({
    key,
    points: [...all].map((start) => {
      const inside = of.filter((one) => one.start === start).map(({ paper }) => paper.upvotes);
      return { start, count: inside.length, upvotes: inside.reduce((sum, upvotes) => sum + upvotes, 0) };
    }),
  });
  if (!splitBy) return [series(null, dated)];
  const byKey = new Map<string, typeof dated>();
  for (const one of dated)
    for (const key of KEYS[splitBy]!(one.paper)) byKey.set(key, [...(byKey.get(key) ?? []), one]);
  return [...byKey]
    .sort((one, other) => other[1].length - one[1].length || byCodePoints(one[0], other[0]))
    .slice(0, splitFirst)
    .map(([key, of]) => series(key, of));
}

const args: fc.Arbitrary<Args> = fc.record({
  interval: fc.constantFrom("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"),
  field: fc.constantFrom("PUBLISHED_AT", "SUBMITTED_AT"),
  timeZone: fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
  ),
  splitBy: fc.option(fc.constantFrom("TAG", "ORGANISATION", "AUTHOR", "VENUE", "HAS_CODE", "QUARTER")),
  splitFirst: fc.integer({ min: 1, max: 4 }),
});

describe("a time series", () => {
  it("is what counting in memory gives, in any time zone, split or not", async () => {
    await fc.assert(
      fc.asyncProperty(args, plainFilter, async (asked, filter) => {
        const found = await api.data<{ papers: { timeSeries: Series[] } }>(QUERY, { ...asked, filter });
        const matching = papers.filter((paper) => passes(paper, filter));
        expect(found.papers.timeSeries).toEqual(seriesIn(matching, asked));
      }),
      { numRuns: 60 },
    );
  });

  it("has one point for the days that are 23 and 25 hours long", async () => {
    const days = async (filter: object) => {
      const { papers: found } = await api.data<{ papers: { timeSeries: Series[] } }>(QUERY, {
        interval: "DAY",
        field: "PUBLISHED_AT",
        timeZone: "Europe/Berlin",
        filter,
      });
      return found.timeSeries[0]!.points.map(({ start }) => start);
    };
    expect(await days({ publishedAt: { gte: "2024-03-30T23:00:00Z", lt: "2024-03-31T22:00:00Z" } })).toEqual([
      "2024-03-31",
    ]);
    expect(await days({ publishedAt: { gte: "2024-10-26T22:00:00Z", lt: "2024-10-27T23:00:00Z" } })).toEqual([
      "2024-10-27",
    ]);
  });

  it("is one without points where nothing matches, and none when split", async () => {
    const filter = { upvotes: { gte: 1000 } };
    const ask = async (splitBy: string | null) =>
      (
        await api.data<{ papers: { timeSeries: Series[] } }>(QUERY, {
          interval: "DAY",
          field: "PUBLISHED_AT",
          filter,
          splitBy,
        })
      ).papers.timeSeries;
    expect(await ask(null)).toEqual([{ key: null, points: [] }]);
    expect(await ask("TAG")).toEqual([]);
  });

  it("hangs under organisations, each with its own, read by one statement", async () => {
    const query = `query (${ARGS}) { organisations { nodes { slug papers { ${SERIES} } } } }`;
    const asked: Args = {
      interval: "MONTH",
      field: "PUBLISHED_AT",
      timeZone: "UTC",
      splitBy: "TAG",
      splitFirst: 2,
    };
    const { organisations } = await api.data<{
      organisations: { nodes: { slug: string; papers: { timeSeries: Series[] } }[] };
    }>(query, { ...asked });
    expect(organisations.nodes).toHaveLength(ORGANISATIONS.length);
    for (const { slug, papers: list } of organisations.nodes) {
      const own = papers.filter((paper) => paper.organisations.includes(slug));
      expect(list.timeSeries).toEqual(seriesIn(own, asked));
    }
    // One series more: an answer that took long would be there already.
    const labels = await statementsOf(() => api.data(query, { ...asked, splitFirst: 3 }));
    expect(labels.filter((label) => label === "analytics.answers")).toHaveLength(1);
  });

  it("shares its scan with facets, stats and groups", async () => {
    await api.data(`{ papers { timeSeries(interval: DAY, timeZone: "Asia/Tokyo") { key } } }`);
    const query = `{ papers { a: timeSeries(interval: DAY) { key } b: timeSeries(interval: YEAR, timeZone: "Asia/Tokyo", splitBy: TAG) { key }
      facets { tags { count } } stats { count } groups(by: [TAG]) { totalCount nodes { keys } } } }`;
    const labels = await statementsOf(() => api.data(query));
    expect(labels).toEqual(["analytics.settings", "analytics.answers"]);
  });

  it("takes the zone's name in any case and refuses what is none, by name", async () => {
    const ask = (timeZone: string) =>
      api.ask<{ papers: { timeSeries: Series[] } }>(QUERY, {
        interval: "YEAR",
        field: "PUBLISHED_AT",
        timeZone,
      });
    expect((await ask("europe/berlin")).errors).toBeUndefined();
    for (const zone of ["Mars/Olympus", "+02:00", "EST5EDT4", "", "UTC'; DROP TABLE papers"]) {
      const { errors } = await ask(zone);
      expect(errors?.[0]?.extensions, zone).toEqual({ code: "BAD_USER_INPUT", argument: "timeZone" });
    }
  });

  it("refuses more points and series than it gives, by name", async () => {
    const ask = (asked: string) => api.ask(`{ papers { timeSeries(${asked}) { key } } }`);
    for (const splitFirst of [0, 51]) {
      const { errors } = await ask(`interval: DAY, splitBy: TAG, splitFirst: ${splitFirst}`);
      expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "splitFirst" });
    }
    await buildPaper(api.db, { publishedAt: "0099-07-01T00:00:00Z" });
    const { errors } = await ask("interval: DAY");
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "interval" });
    expect(errors?.[0]?.message).toContain("5000");
    expect((await ask("interval: YEAR")).errors).toBeUndefined();
  });
});
