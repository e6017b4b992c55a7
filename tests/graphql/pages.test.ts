import fc from "fast-check";
import sql from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

const FIELDS = [
  "TRENDING",
  "UPVOTES",
  "COMMENTS",
  "PUBLISHED_AT",
  "SUBMITTED_AT",
  "CODE_STARS",
  "CITATIONS",
  "TITLE",
  "RELEVANCE",
] as const;
const NULLABLE = new Set(["SUBMITTED_AT", "CODE_STARS", "CITATIONS"]);

interface Connection {
  edges: { cursor: string; node: Node }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number;
}

interface Node {
  externalId: string;
  title: string;
  upvoteCount: number;
  commentCount: number;
  publishedAt: string;
  submittedAt: string | null;
  codeStars: number | null;
  citationCount: number | null;
}

const QUERY = `query ($search: String, $orderBy: [PaperOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  papers(search: $search, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { externalId title upvoteCount commentCount publishedAt submittedAt codeStars citationCount } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}`;

async function page(variables: Record<string, unknown>): Promise<Connection> {
  const { papers } = await api.data<{ papers: Connection }>(QUERY, variables);
  return papers;
}

async function walk(
  variables: Record<string, unknown>,
  size: number,
  between: () => Promise<void> = async () => {},
): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after: string | null = null; ;) {
    const { edges, pageInfo } = await page({ ...variables, first: size, after });
    nodes.push(...edges.map((edge) => edge.node));
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    if (!pageInfo.hasNextPage) return nodes;
    expect(edges).toHaveLength(size);
    after = pageInfo.endCursor;
    await between();
  }
}

async function walkBack(variables: Record<string, unknown>, size: number): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let before: string | null = null; ;) {
    const { edges, pageInfo } = await page({ ...variables, last: size, before });
    nodes.unshift(...edges.map((edge) => edge.node));
    expect(pageInfo.hasNextPage).toBe(before !== null);
    if (!pageInfo.hasPreviousPage) return nodes;
    before = pageInfo.startCursor;
  }
}

const day = fc.integer({ min: 1, max: 4 }).map((n) => `2025-0${n}-01T00:00:00Z`);
const few = fc.integer({ min: 0, max: 2 });
const paper = fc.record({
  title: fc.constantFrom(
    "Graph nets",
    "graph-nets",
    "Ägypten graph",
    "zebra graph",
    "Zebra graph",
    "graph graph graph",
  ),
  upvotes: few,
  comments: few,
  publishedAt: day,
  submittedAt: fc.option(day),
  codeStars: fc.option(few),
  citations: fc.option(few),
});
const order = fc
  .uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 3 })
  .chain((fields) =>
    fc.tuple(
      ...fields.map((field) => fc.constantFrom({ field, direction: "ASC" }, { field, direction: "DESC" })),
    ),
  );

describe("pages", () => {
  beforeEach(() => api.db.query("test.clear", sql`TRUNCATE papers CASCADE`));

  it("give the whole list forward and backward, whatever the order, with many ties and nulls", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(paper, { minLength: 1, maxLength: 25 }),
        order,
        fc.integer({ min: 1, max: 7 }),
        async (papers, orderBy, size) => {
          await api.db.query("test.clear", sql`TRUNCATE papers CASCADE`);
          for (const parts of papers) await buildPaper(api.db, parts);
          const variables = {
            orderBy,
            search: orderBy.some(({ field }) => field === "RELEVANCE") ? "graph" : null,
          };
          const all = (await page({ ...variables, first: 100 })).edges.map((edge) => edge.node);
          expect(all).toHaveLength(papers.length);
          expect(await walk(variables, size)).toEqual(all);
          expect(await walkBack(variables, size)).toEqual(all);
          const [{ field, direction }] = orderBy as [{ field: (typeof FIELDS)[number]; direction: string }];
          expectOrdered(all, field, direction);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("go on where several orders have no value", async () => {
    for (const citations of [null, null, 3, null, 1]) await buildPaper(api.db, { citations });
    for (const direction of ["ASC", "DESC"]) {
      const orderBy = [
        { field: "CODE_STARS", direction },
        { field: "CITATIONS", direction: "ASC" },
      ];
      const all = (await page({ orderBy, first: 100 })).edges.map((edge) => edge.node);
      expect(all.map((node) => node.citationCount)).toEqual([1, 3, null, null, null]);
      expect(await walk({ orderBy }, 1)).toEqual(all);
      expect(await walkBack({ orderBy }, 1)).toEqual(all);
    }
  });

  it("cut what lies between two cursors", async () => {
    for (let n = 0; n < 9; n++) await buildPaper(api.db, { upvotes: n % 3 });
    const orderBy = [{ field: "UPVOTES", direction: "DESC" }];
    const { edges } = await page({ orderBy, first: 100 });
    const inside = await page({ orderBy, after: edges[2]!.cursor, before: edges[6]!.cursor });
    expect(inside.edges).toEqual(edges.slice(3, 6));
  });

  it("lose and double no paper that stays as it is while upvotes pour in", async () => {
    for (let n = 0; n < 40; n++) await buildPaper(api.db, { upvotes: n % 5, externalId: `p${n}` });
    let turn = 0;
    // Every page, the papers with an even number jump about in the order that is being walked.
    const jump = async () => {
      turn++;
      await api.db.query(
        "test.jump",
        sql`UPDATE papers SET upvote_base = (upvote_base + ${turn * 7}) % 11 WHERE id % 2 = 0`,
      );
    };
    const even = new Set(
      (
        await api.db.query<{ external_id: string }>(
          "test.even",
          sql`SELECT external_id FROM papers WHERE id % 2 = 0`,
        )
      ).map((row) => row.external_id),
    );
    const orderBy = [{ field: "UPVOTES", direction: "DESC" }];
    const seen = (await walk({ orderBy }, 3, jump)).map((node) => node.externalId);
    const still = seen.filter((id) => !even.has(id));
    expect(new Set(still).size).toBe(still.length);
    expect(still).toHaveLength(20);
  });

  it("may be empty: they are for the count and for whether there is anything", async () => {
    expect(await page({ first: 0 })).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: 0,
    });
    for (let n = 0; n < 3; n++) await buildPaper(api.db, { upvotes: n });
    const orderBy = [{ field: "UPVOTES", direction: "DESC" }];
    const { edges } = await page({ orderBy, first: 3 });
    const info = async (variables: Record<string, unknown>) => {
      const { pageInfo, totalCount, ...empty } = await page({ orderBy, ...variables });
      expect([empty.edges, pageInfo.startCursor, pageInfo.endCursor, totalCount]).toEqual([
        [],
        null,
        null,
        3,
      ]);
      return [pageInfo.hasPreviousPage, pageInfo.hasNextPage];
    };
    expect(await info({ first: 0 })).toEqual([false, true]);
    expect(await info({ last: 0 })).toEqual([true, false]);
    expect(await info({ first: 0, after: edges[1]!.cursor })).toEqual([true, true]);
    expect(await info({ first: 0, after: edges[2]!.cursor })).toEqual([true, false]);
    expect(await info({ last: 0, before: edges[0]!.cursor })).toEqual([false, true]);
  });

  it("refuse a cursor of another search, filter or order, and what is no cursor", async () => {
    await buildPaper(api.db, {});
    const { edges } = await page({ first: 1 });
    const other = await api.ask(QUERY, { after: edges[0]!.cursor, orderBy: [{ field: "TITLE" }] });
    expect(other.errors?.[0]?.extensions).toEqual({ code: "BAD_CURSOR", argument: "after" });
    for (const cursor of ["", "x", "AAAA", "%%%", "W10", Buffer.from('["a"]').toString("base64url")]) {
      const { errors } = await api.ask(QUERY, { before: cursor });
      expect(errors?.[0]?.extensions.code).toMatch(/BAD_USER_INPUT|BAD_CURSOR/);
      expect(errors?.[0]?.extensions.argument).toBe("before");
    }
  });

  it("take a cursor that was tampered with for none", async () => {
    await buildPaper(api.db, {});
    const { edges } = await page({ first: 1 });
    const parts = JSON.parse(Buffer.from(edges[0]!.cursor, "base64url").toString()) as unknown[];
    for (const values of [
      [null, "1"],
      ["infinity", "1"],
      ["2025-01-01 00:00:00+00", "99999999999"],
      ["1"],
      ["2025-13-45 00:00:00+00", "1"],
      ["2025-02-30 00:00:00+00", "1"],
    ]) {
      const forged = Buffer.from(JSON.stringify([parts[0], ...values])).toString("base64url");
      const { errors } = await api.ask(QUERY, { after: forged });
      if (errors) expect(errors[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "after" });
    }
  });
});

function expectOrdered(nodes: Node[], field: (typeof FIELDS)[number], direction: string): void {
  const valueOf: Partial<Record<(typeof FIELDS)[number], (node: Node) => string | number | null>> = {
    UPVOTES: (node) => node.upvoteCount,
    COMMENTS: (node) => node.commentCount,
    PUBLISHED_AT: (node) => node.publishedAt,
    SUBMITTED_AT: (node) => node.submittedAt,
    CODE_STARS: (node) => node.codeStars,
    CITATIONS: (node) => node.citationCount,
  };
  const values = valueOf[field] && nodes.map(valueOf[field]);
  if (!values) return;
  const known = values.filter((value) => value !== null);
  const sorted = [...known].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (direction === "DESC") sorted.reverse();
  // What has no value comes last, in both directions.
  expect(values).toEqual([...sorted, ...Array<null>(values.length - known.length).fill(null)]);
  if (known.length < values.length) expect(NULLABLE.has(field)).toBe(true);
}
