import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildAnalysed, STATS_FIELDS } from "../support/analysed-papers.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;
beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  await buildAnalysed(api.db, 120);
  await buildPaper(api.db, {
    tags: ['say "hi", all', "=HYPERLINK(1)"],
    organisations: ["Ünï, Cörp"],
    authors: ["O'Hara, Ann"],
    venue: "-1",
    upvotes: 99,
    publishedAt: "2025-06-16T00:00:00Z",
  });
});
afterAll(() => api.close());

const get = async (path: string) => {
  const response = await ask("get", `/api/analytics/${path}`);
  expect(response.status, response.text).toBe(200);
  return response as Omit<typeof response, "body"> & { body: unknown };
};
const csv = async (path: string) => (await get(`${path}&format=csv`)).text.split("\r\n").slice(0, -1);

describe("analytics over REST give what GraphQL gives:", () => {
  const FILTER = "tag=vision&year=2024..&hasCode=true&minUpvotes=1&since=2024-01-01&before=2025-06-01";
  const SAME = `{ tags: { allOf: ["vision"] }, year: { gte: 2024 }, hasCode: true, upvotes: { gte: 1 },
    publishedAt: { gte: "2024-01-01", lt: "2025-06-01" } }`;

  it("groups, page by page", async () => {
    const { papers } = await api.data<{ papers: { groups: { totalCount: number; nodes: object[] } } }>(
      `{ papers(filter: ${SAME}) { groups(by: [TAG, HAS_CODE, YEAR], having: { count: { gte: 2 } }, first: 100,
        orderBy: { by: UPVOTES_AVG, direction: ASC }) { totalCount nodes { keys stats { ${STATS_FIELDS} } } } } }`,
    );
    const all =
      "count,upvotes,comments,authors,codeStars,distinctTags,distinctOrganisations,distinctAuthors,firstPublishedAt&stats=lastPublishedAt";
    let path: string | undefined =
      `/api/analytics/groups?by=tag,hasCode&by=year&${FILTER}&minCount=2&sort=upvotesAvg&order=asc&limit=2&stats=${all}`;
    const read: object[] = [];
    for (let page = 0; path !== undefined; page++) {
      const response = await ask("get", path);
      expect(response.headers["x-total-count"]).toBe(String(papers.groups.totalCount));
      read.push(...(response.body as object[]));
      path = /<http:\/\/[^/]+(.*)>/.exec(response.headers.link ?? "")?.[1];
      expect(page).toBeLessThan(50);
    }
    expect(read.length).toBeGreaterThan(4);
    expect(read).toEqual(papers.groups.nodes);
  });

  it("time series", async () => {
    const { papers } = await api.data<{ papers: { timeSeries: object[] } }>(
      `{ papers(filter: ${SAME}) { timeSeries(interval: WEEK, timeZone: "Europe/Berlin", splitBy: ORGANISATION, splitFirst: 2,
        field: SUBMITTED_AT) { key points { start count upvotes } } } }`,
    );
    const { body } = await get(
      `timeseries?interval=week&timeZone=Europe/Berlin&splitBy=organisation&splitFirst=2&field=submittedAt&${FILTER}`,
    );
    expect(papers.timeSeries).toHaveLength(2);
    expect(body).toEqual(papers.timeSeries);
  });

  it("trends, with the names of tags", async () => {
    const { trends } = await api.data<{ trends: { tag: { name: string } }[] }>(
      `{ trends(dimension: TAG, window: YEAR, until: "2024-12-31", first: 3, filter: { hasCode: true })
        { key tag { name } count previousCount growth score start end } }`,
    );
    const { body } = await get("trends?dimension=tag&window=year&until=2024-12-31&limit=3&hasCode=true");
    expect(trends.length).toBeGreaterThan(0);
    expect(body).toEqual(trends.map(({ tag: { name }, ...rest }) => ({ ...rest, name })));
  });

  it("co-occurrences", async () => {
    const { coOccurrences } = await api.data<{ coOccurrences: object[] }>(
      "{ coOccurrences(a: TAG, b: ORGANISATION, minCount: 1, first: 5, filter: { year: { gte: 2024 } }) { a b count expected lift score } }",
    );
    const { body } = await get("co-occurrences?a=tag&b=organisation&minCount=1&limit=5&year=2024..");
    expect(coOccurrences.length).toBeGreaterThan(0);
    expect(body).toEqual(coOccurrences);
  });

  it("stats", async () => {
    const { papers } = await api.data<{ papers: { stats: object } }>(
      `{ papers(filter: ${SAME}) { stats { ${STATS_FIELDS} } } }`,
    );
    expect((await get(`stats?${FILTER}`)).body).toEqual(papers.stats);
    expect((await get("stats?stats=count&tag=no-such")).body).toEqual({ count: 0 });
  });

  it("facets, each without its own part of the filter", async () => {
    const bucket = "{ value count }";
    const { papers } = await api.data<{
      papers: { facets: { tags: { tag: { slug: string; name: string }; count: number }[]; years: object[] } };
    }>(
      `{ papers(filter: ${SAME}) { facets { tags(first: 3) { tag { slug name } count } years(first: 3) ${bucket} } } }`,
    );
    expect((await get(`facets?of=years,tags&limit=3&${FILTER}`)).body).toEqual({
      tags: papers.facets.tags.map(({ tag: { slug, name }, count }) => ({ value: slug, name, count })),
      years: papers.facets.years,
    });
    expect(Object.keys((await get("facets")).body!)).toEqual(
      expect.arrayContaining(["tags", "organisations", "authors", "years", "venues"]),
    );
  });

  it("searches", async () => {
    const search = 'org:nvidia OR tag:"vision"';
    const { papers } = await api.data<{ papers: { stats: object } }>(
      "query ($search: String) { papers(search: $search) { stats { count } } }",
      { search },
    );
    expect((await get(`stats?stats=count&q=${encodeURIComponent(search)}`)).body).toEqual(papers.stats);
  });
});

describe("analytics as CSV", () => {
  it("have a header, quotes where they must be, and nothing that a spreadsheet runs", async () => {
    expect(await csv("groups?by=organisation,tag&since=2025-06-16&sort=key&order=asc")).toEqual([
      "organisation,tag,count",
      '"ünï,-cörp",\'=hyperlink(1),1',
      '"ünï,-cörp","say-""hi"",-all",1',
    ]);
    expect(await csv("groups?by=author,venue&since=2025-06-16")).toEqual([
      "author,venue,count",
      "\"O'Hara, Ann\",'-1,1",
    ]);
  });

  it("have empty cells for what is not known", async () => {
    expect(await csv("stats?stats=count,codeStars,firstPublishedAt,distinctTags&tag=no-such")).toEqual([
      "count,code_stars_sum,code_stars_avg,code_stars_min,code_stars_max,code_stars_median,code_stars_p90,distinct_tags,first_published_at",
      "0,0,,,,,,0,",
    ]);
    const [header, first] = await csv("trends?dimension=author&window=day&until=2025-06-16");
    expect(header).toBe("author,name,count,previous_count,growth,score,start,end");
    // Nobody of that name published on the day before: there is no growth to tell, and a name has no other name.
    expect(first).toMatch(/^"O'Hara, Ann",,1,0,,0\.\d+,2025-06-16,2025-06-16$/);
  });

  it("have a row for each point of each series", async () => {
    expect(await csv("timeseries?interval=year&since=2025-01-01")).toEqual([
      "start,count,upvotes",
      expect.stringMatching(/^2025-01-01,\d+,\d+$/),
    ]);
    const split = await csv("timeseries?interval=year&splitBy=hasCode");
    expect(split[0]).toBe("has_code,start,count,upvotes");
    expect(split).toHaveLength(1 + 2 * 3);
  });

  it("name both columns of pairs", async () => {
    expect((await csv("co-occurrences?a=tag&b=tag"))[0]).toBe("a,b,count,expected,lift,score");
    expect((await csv("co-occurrences?a=tag&b=hasCode"))[0]).toBe("tag,has_code,count,expected,lift,score");
    expect((await csv("facets?limit=1"))[0]).toBe("facet,value,name,count");
  });

  it("come as a file", async () => {
    const { headers } = await get("groups?by=tag&format=csv");
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8; header=present");
    expect(headers["content-disposition"]).toBe('attachment; filename="groups.csv"');
  });

  it.each([
    [undefined, "json"],
    ["*/*", "json"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "json"],
    ["application/json", "json"],
    ["text/csv", "csv"],
    ["text/*", "csv"],
    ["text/csv;q=0.5, application/json;q=0.4", "csv"],
    ["text/csv;q=0.4, application/json;q=0.5", "json"],
    ["text/csv;q=0, */*", "json"],
    ["application/json;q=0, */*;q=0.1", "csv"],
    ["image/png", "json"],
    ["nonsense;;q=x", "json"],
  ])("come where the header Accept prefers them: %s → %s", async (accept, expected) => {
    const { headers } = await ask("get", "/api/analytics/stats?stats=count", {
      headers: accept === undefined ? {} : { accept },
    });
    expect(headers["content-type"]).toContain(expected === "csv" ? "text/csv" : "application/json");
    expect(headers.vary).toContain("Accept");
  });

  it("or where `format` says so, whatever the header prefers", async () => {
    const headers = { accept: "text/csv" };
    const response = await ask("get", "/api/analytics/stats?stats=count&format=json", { headers });
    expect(response.headers["content-type"]).toContain("application/json");
  });
});

describe("analytics over REST", () => {
  it("may be kept by caches for a minute, and are not sent again unchanged", async () => {
    for (const path of ["/api/analytics/groups?by=tag", "/api/analytics/groups?by=tag&format=csv"]) {
      const { headers } = await ask("get", path);
      expect(headers["cache-control"]).toContain("s-maxage=60");
      const again = await ask("get", path, { headers: { "if-none-match": headers.etag! } });
      expect(again.status).toBe(304);
      const head = await ask("head", path);
      expect(head.headers.etag).toBe(headers.etag);
    }
  });

  it.each([
    ["groups", "by: is missing."],
    ["groups?by=colour", "by: takes tag, organisation,"],
    ["groups?by=tag,", "by: takes tag, organisation,"],
    ["groups?by=tag,tag", "by[1]: takes each dimension once"],
    ["groups?by=tag,year,venue,author", "by: takes one to 3 dimensions."],
    ["groups?by=tag&stats=mode", "stats: takes count, upvotes,"],
    ["groups?by=tag&sort=best", "sort: takes count, upvotes, upvotesAvg, key."],
    ["groups?by=tag&order=up", "order: takes desc, asc."],
    ["groups?by=tag&minCount=-1", "minCount: takes a whole number from 0"],
    ["groups?by=tag&limit=1001", "limit: takes a whole number from 1 to 1000."],
    ["groups?by=tag&cursor=x", "cursor: takes a cursor"],
    ["timeseries", "interval: is missing."],
    ["timeseries?interval=hour", "interval: takes day, week, month, quarter, year."],
    ["timeseries?interval=day&timeZone=Mars/Olympus", "timeZone: takes the IANA name"],
    ["timeseries?interval=day&splitFirst=51", "splitFirst: takes a whole number from 1 to 50."],
    ["trends?dimension=tag", "window: is missing."],
    ["trends?dimension=year&window=day", "dimension: takes what can grow"],
    ["trends?dimension=tag&window=day&until=tomorrow", "until: takes a day of the calendar"],
    ["trends?dimension=tag&window=day&limit=101", "limit: takes a whole number from 1 to 100."],
    ["co-occurrences?a=tag", "b: is missing."],
    ["co-occurrences?a=tag&b=tag&minCount=0", "minCount: takes a whole number from 1"],
    ["facets?of=colours", "of: takes tags, organisations,"],
    ["stats?since=yesterday", "since: takes a moment as RFC 3339 writes it"],
    ["stats?before=2025-02-30", "before: takes a moment as RFC 3339 writes it"],
    ["stats?venue=%00", "venue: takes a text without NUL characters."],
    ["stats?format=xml", "format: takes json, csv."],
  ])("refuse what makes no sense by its name, as JSON: %s", async (path, error) => {
    const response = await ask("get", `/api/analytics/${path}`, { headers: { accept: "text/csv" } });
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ code: "BAD_USER_INPUT" });
    expect((response.body as { error: string }).error.slice(0, error.length)).toBe(error);
  });

  it("refuse the cursor of other groups", async () => {
    const { headers } = await get("groups?by=tag&limit=1");
    const cursor = /cursor=([\w-]+)/.exec(headers.link!)![1]!;
    const response = await ask("get", `/api/analytics/groups?by=venue&cursor=${cursor}`);
    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({
      code: "BAD_CURSOR",
      error: expect.stringMatching(/^cursor:/) as string,
    });
  });
});

describe("analytics over REST", () => {
  it("cost what they cost over GraphQL", async () => {
    const limited = await testApi({ rateLimits: { anonymous: 1_000, user: 1_000 } });
    const left = ({ headers }: { headers: Record<string, unknown> }) =>
      Number(/r=(\d+)/.exec(String(headers.ratelimit))?.[1]);
    const get = async (path: string) => left(await limited.app.inject(path));
    const post = async (query: string) =>
      left(await limited.app.inject({ method: "POST", url: "/graphql", payload: { query } }));
    const pairs: [path: string, query: string][] = [
      ["stats?stats=count", "{ papers(first: 1) { stats { count } } }"],
      ["facets?of=tags&limit=1", "{ papers(first: 1) { facets { tags(first: 1) { count } } } }"],
      ["groups?by=tag&limit=1", "{ papers(first: 1) { groups(by: [TAG], first: 1) { nodes { keys } } } }"],
      [
        "trends?dimension=tag&window=month&limit=1",
        "{ trends(dimension: TAG, window: MONTH, first: 1) { key } }",
      ],
      ["co-occurrences?a=tag&b=tag&limit=1", "{ coOccurrences(a: TAG, b: TAG, first: 1) { a } }"],
    ];
    for (const [path, query] of pairs) {
      const before = await get("/api/papers?limit=1");
      const afterRest = await get(`/api/analytics/${path}`);
      const afterGraphql = await post(query);
      expect(before - afterRest, path).toBeGreaterThanOrEqual(afterRest - afterGraphql);
      expect(before - afterRest, path).toBeGreaterThan(1);
    }
    await limited.close();
  });
});
