import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  const ann = await buildUser(api.db, { username: "ann" });
  const add = (
    externalId: string,
    submittedAt: string | null,
    upvotes: number,
    submittedBy: number | null = null,
  ) => buildPaper(api.db, { externalId, submittedAt, upvotes, submittedBy });
  await add("a", "2026-12-28T00:00:00Z", 1);
  await add("b", "2026-12-28T23:59:59.999Z", 5, ann.key);
  await add("c", "2027-01-03T00:00:00Z", 2);
  await add("d", "2027-01-04T00:00:00Z", 9);
  await add("e", "2026-11-02T08:00:00Z", 0, ann.key);
  await add("never", null, 99);
});
afterAll(() => api.close());

interface Period {
  key: string;
  start: string;
  end: string;
  previous: string | null;
  next: string | null;
  previousKey: string | null;
  nextKey: string | null;
}

interface Daily {
  period: Period;
  papers: { nodes: { externalId: string }[]; totalCount: number };
}

async function daily(args: string): Promise<Daily & { ids: string }> {
  const { dailyPapers } = await api.data<{ dailyPapers: Daily }>(
    `{ dailyPapers${args} { period { key start end previous next previousKey nextKey } papers { nodes { externalId } totalCount } } }`,
  );
  return { ...dailyPapers, ids: dailyPapers.papers.nodes.map((node) => node.externalId).join("") };
}

describe("dailyPapers", () => {
  it("gives the latest day that has papers when none is named", async () => {
    const { period, ids } = await daily("");
    expect(period).toEqual({
      key: "2027-01-04",
      start: "2027-01-04",
      end: "2027-01-04",
      previous: "2027-01-03",
      next: null,
      previousKey: "2027-01-03",
      nextKey: null,
    });
    expect(ids).toBe("d");
  });

  it("gives a day in UTC, the most upvoted first, with the neighbouring days that have papers", async () => {
    const { period, ids, papers } = await daily('(date: "2026-12-28")');
    expect(period).toEqual({
      key: "2026-12-28",
      start: "2026-12-28",
      end: "2026-12-28",
      previous: "2026-11-02",
      next: "2027-01-03",
      previousKey: "2026-11-02",
      nextKey: "2027-01-03",
    });
    expect(ids).toBe("ba");
    expect(papers.totalCount).toBe(2);
  });

  it("knows week 53, which reaches into the next year", async () => {
    const { period, ids } = await daily('(week: "2026-W53")');
    expect(period).toEqual({
      key: "2026-W53",
      start: "2026-12-28",
      end: "2027-01-03",
      previous: "2026-11-02",
      next: "2027-01-04",
      previousKey: "2026-W45",
      nextKey: "2027-W01",
    });
    expect(ids).toBe("bca");
  });

  it("gives a month, with the neighbouring months", async () => {
    const { period, ids } = await daily('(month: "2026-12")');
    expect(period).toEqual({
      key: "2026-12",
      start: "2026-12-01",
      end: "2026-12-31",
      previous: "2026-11-01",
      next: "2027-01-01",
      previousKey: "2026-11",
      nextKey: "2027-01",
    });
    expect(ids).toBe("ba");
  });

  it("gives an empty period between its neighbours", async () => {
    const { period, ids } = await daily('(date: "2026-12-01")');
    expect(period).toEqual({
      key: "2026-12-01",
      start: "2026-12-01",
      end: "2026-12-01",
      previous: "2026-11-02",
      next: "2026-12-28",
      previousKey: "2026-11-02",
      nextKey: "2026-12-28",
    });
    expect(ids).toBe("");
  });

  it("keeps to one submitter, neighbours included", async () => {
    const { period, ids } = await daily('(submitter: "ANN")');
    expect(period).toEqual({
      key: "2026-12-28",
      start: "2026-12-28",
      end: "2026-12-28",
      previous: "2026-11-02",
      next: null,
      previousKey: "2026-11-02",
      nextKey: null,
    });
    expect(ids).toBe("b");
  });

  it("takes another order", async () => {
    expect((await daily('(month: "2026-12", orderBy: [{field: UPVOTES, direction: ASC}])')).ids).toBe("ab");
  });

  it("walks the periods by their keys", async () => {
    for (const kind of ["date", "week", "month"]) {
      const seen: string[] = [];
      let key: string | null = { date: "2026-11-02", week: "2026-W45", month: "2026-11" }[kind] ?? null;
      for (let turn = 0; key !== null && turn < 10; turn++) {
        const { period, ids }: Daily & { ids: string } = await daily(`(${kind}: "${key}")`);
        expect(period.key).toBe(key);
        seen.push(ids);
        key = period.nextKey;
      }
      expect(seen.join("").split("").sort().join("")).toBe("abcde");
    }
  });

  describe("papers", () => {
    interface Page {
      edges: { cursor: string; node: { externalId: string } }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    }
    const pageOf = async (around: string, args: string) => {
      const { dailyPapers } = await api.data<{ dailyPapers: { papers: Page } }>(
        `{ dailyPapers${around} { papers${args} { edges { cursor node { externalId } } pageInfo { hasNextPage endCursor } } } }`,
      );
      return {
        ...dailyPapers.papers,
        ids: dailyPapers.papers.edges.map(({ node }) => node.externalId).join(""),
      };
    };
    const WEEK = '(week: "2026-W53")';

    it("is a connection: searched, filtered, ordered, page by page", async () => {
      const one = await pageOf(WEEK, "(first: 2)");
      expect([one.ids, one.pageInfo.hasNextPage]).toEqual(["bc", true]);
      const two = await pageOf(WEEK, `(first: 2, after: "${one.pageInfo.endCursor}")`);
      expect([two.ids, two.pageInfo.hasNextPage]).toEqual(["a", false]);
      expect((await pageOf(WEEK, "(last: 1)")).ids).toBe("a");
      expect((await pageOf(WEEK, "(filter: {upvotes: {gte: 2}})")).ids).toBe("bc");
      expect((await pageOf(WEEK, "(orderBy: [{field: UPVOTES, direction: ASC}])")).ids).toBe("acb");
      expect((await pageOf(WEEK, '(search: "nowhere")')).ids).toBe("");
    });

    it("takes from around it what it is not given", async () => {
      const around = '(week: "2026-W53", first: 1, orderBy: [{field: UPVOTES, direction: ASC}])';
      expect((await pageOf(around, "")).ids).toBe("a");
      expect((await pageOf(around, "(first: 2)")).ids).toBe("ac");
      expect((await pageOf(around, "(last: 1)")).ids).toBe("b");
      expect((await pageOf(around, "(orderBy: [{field: UPVOTES}])")).ids).toBe("b");
    });

    it("goes on after a cursor of the same list, wherever the arguments stand", async () => {
      const { edges } = await pageOf('(week: "2026-W53", first: 1)', "");
      expect((await pageOf(WEEK, `(after: "${edges[0]?.cursor}")`)).ids).toBe("ca");
    });
  });

  it.each([
    ['(date: "2026-02-30")', "date"],
    ['(date: "2026-2-3")', "date"],
    ['(date: "0000-01-01")', "date"],
    ['(date: "infinity")', "date"],
    ['(week: "2025-W53")', "week"],
    ['(week: "2026-W00")', "week"],
    ['(month: "2026-13")', "month"],
    ['(date: "2026-01-01", week: "2026-W01")', "date, week"],
    ['(submitter: "a\\u0000b")', "submitter"],
    ["(first: 101)", "first"],
  ])("refuses %s, naming the argument", async (args, argument) => {
    const { errors } = await api.ask(`{ dailyPapers${args} { papers { totalCount } } }`);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument });
  });
});
