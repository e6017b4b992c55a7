import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;
beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  for (let n = 0; n < 130; n++)
    await buildPaper(api.db, { title: `Graph ${n}`, submittedAt: "2025-05-01T00:00:00Z" });
});
afterAll(() => api.close());

const sizeOf = async (path: string) => ((await ask("get", path)).body as unknown[]).length;

describe("parameters", () => {
  it.each([
    ["/api/daily_papers?limit=0", "limit: takes a whole number from 1 to 100."],
    ["/api/daily_papers?limit=101", "limit: takes a whole number from 1 to 100."],
    ["/api/daily_papers?limit=ten", "limit: takes a whole number from 1 to 100."],
    ["/api/daily_papers?limit=1.5", "limit: takes a whole number from 1 to 100."],
    ["/api/daily_papers?limit=1&limit=2", "limit: takes a whole number from 1 to 100."],
    ["/api/daily_papers?limit=", "limit: takes a whole number from 1 to 100."],
    ["/api/daily_papers?p=-1", "p: takes a whole number from 0 to 1000000."],
    ["/api/daily_papers?date=", "date: takes a day of the calendar as YYYY-MM-DD."],
    ["/api/daily_papers?date=2025-02-30", "date: takes a day of the calendar as YYYY-MM-DD."],
    ["/api/daily_papers?date=today", "date: takes a day of the calendar as YYYY-MM-DD."],
    ["/api/daily_papers?week=2025-W1", "week: takes an ISO week"],
    ["/api/daily_papers?month=2025-00", "month: takes a month as YYYY-MM."],
    ["/api/daily_papers?sort=upvotes", "sort: takes publishedAt, trending."],
    ["/api/papers?limit=101", "limit: takes a whole number from 1 to 100."],
    ["/api/papers?cursor=nonsense", "cursor: takes a cursor"],
    ["/api/papers/search?limit=121", "limit: takes a whole number from 1 to 120."],
    [`/api/papers/search?q=${"a".repeat(251)}`, "q: takes a text of from 0 to 250 characters."],
    ["/api/papers/search?q=%00", "q: takes a text without NUL characters."],
    ["/api/papers/search?sort=relevance", "sort: takes relevance only together with `q`."],
    ["/api/papers/search?sort=best", "sort: takes relevance, trending,"],
    ["/api/papers/search?year=24", "year: takes a year or a range of years"],
    ["/api/papers/search?year=0000", "year: takes a whole number from 1 to 9999."],
    ["/api/papers/search?hasCode=yes", "hasCode: takes true or false."],
    ["/api/papers/search?minUpvotes=-1", "minUpvotes: takes a whole number from 0"],
    ["/api/papers/search?p=1&cursor=x", "p: goes without `cursor`"],
    ["/api/papers/search?tag=%00", "tag[0]: takes a text without NUL characters."],
    [`/api/papers/search?organization=${"a".repeat(301)}`, "organization[0]: takes at most 300 characters."],
    ["/api/papers/2501.00001?field=everything", "field: takes comments, submissionDeadline."],
    ["/api/papers/%00", "paperId: takes a text without NUL characters."],
    ["/api/quicksearch?q=a&limit=21", "limit: takes a whole number from 1 to 20."],
  ])("are refused by their names: %s", async (path, error) => {
    const response = await ask("get", path);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ code: "BAD_USER_INPUT" });
    expect((response.body as { error: string }).error.slice(0, error.length)).toBe(error);
  });

  it("have the defaults and the bounds of Hugging Face", async () => {
    expect(await sizeOf("/api/daily_papers")).toBe(50);
    expect(await sizeOf("/api/daily_papers?limit=100")).toBe(100);
    expect(await sizeOf("/api/daily_papers?limit=100&p=1")).toBe(30);
    expect(await sizeOf("/api/papers")).toBe(50);
    expect(await sizeOf("/api/papers/search?q=graph")).toBe(120);
    expect(await sizeOf("/api/papers/search")).toBe(120);
    expect(await sizeOf("/api/papers/search?q=")).toBe(120);
    expect(await sizeOf(`/api/papers/search?q=${"a".repeat(250)}`)).toBe(0);
  });

  it("past the end are no error", async () => {
    expect(await sizeOf("/api/daily_papers?date=2025-05-01&p=100")).toBe(0);
    expect(await sizeOf("/api/daily_papers?p=1000000&limit=100")).toBe(0);
    expect(await sizeOf("/api/papers/search?q=graph&p=1000000&limit=120")).toBe(0);
    expect(await sizeOf("/api/daily_papers?date=0001-01-01")).toBe(0);
    expect((await ask("get", "/api/daily_papers?p=2")).headers.link).toBeUndefined();
  });

  it("that nobody knows are left aside", async () => {
    expect(await sizeOf("/api/papers?date=1999-01-01&full=true")).toBe(50);
  });

  it("tell in Link where the next page is, by whole addresses", async () => {
    const { link } = (await ask("get", "/api/daily_papers?date=2025-05-01&limit=10&p=3")).headers;
    expect(link).toMatch(
      /^<http:\/\/127\.0\.0\.1:\d+\/api\/daily_papers\?date=2025-05-01&limit=10&p=4>; rel="next"$/,
    );
    expect((await ask("get", "/api/papers?limit=2")).headers.link).toMatch(/cursor=[\w-]+>; rel="next"$/);
  });

  it("refuse a cursor of another list", async () => {
    const { link } = (await ask("get", "/api/papers/search?q=graph&limit=2")).headers;
    const cursor = /cursor=([\w-]+)/.exec(link!)![1]!;
    const response = await ask("get", `/api/papers/search?q=other&cursor=${cursor}`);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({
      code: "BAD_CURSOR",
      error: expect.stringMatching(/^cursor:/) as string,
    });
  });
});
