import { afterAll, beforeAll, expect, it } from "vitest";
import { readRateLimits } from "../../src/config/rate-limits.config.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi({ rateLimits: readRateLimits({ RATE_LIMIT_BY_TIME: "off" }) });
  await buildPaper(api.db, { title: "Quantization" });
});
afterAll(() => api.close());

async function remaining(url: string): Promise<number> {
  const { headers, statusCode } = await api.app.inject({ method: "GET", url });
  expect(statusCode, url).toBe(200);
  return Number(/r=(-?\d+)/.exec(String(headers.ratelimit))?.[1]);
}

async function costOf(url: string): Promise<number> {
  const before = await remaining("/api/papers?limit=1");
  return before - (await remaining(url));
}

it.each([
  ["/api/analytics/groups?by=author", "{ papers { groups(by: [AUTHOR], first: 1) { nodes { keys } } } }"],
  [
    "/api/analytics/co-occurrences?a=author&b=author&minCount=1",
    "{ coOccurrences(a: AUTHOR, b: AUTHOR) { a } }",
  ],
  ["/api/analytics/timeseries?interval=year", "{ papers { timeSeries(interval: YEAR) { key } } }"],
  ["/api/analytics/facets", "{ papers { facets { relation } } }"],
])("%s costs about what GraphQL's field does", async (url, query) => {
  const graphql = await costOf(`/graphql?query=${encodeURIComponent(query)}`);
  const rest = await costOf(url);
  expect(rest).toBeGreaterThanOrEqual(graphql - 1);
  expect(rest).toBeLessThanOrEqual(graphql + 2);
});

it("a search costs more with more terms, more papers and open ends", async () => {
  const search = (q: string, limit: number) =>
    costOf(`/api/papers/search?limit=${limit}&q=${encodeURIComponent(q)}`);
  const short = await search("model", 10);
  const many = Array.from({ length: 24 }, (_, index) => `word${index}`).join(" ");
  expect(await search("model", 120)).toBeGreaterThan(short + 5);
  expect(await search(many, 10)).toBeGreaterThan(short);
  expect(await search("a* b* c*", 10)).toBeGreaterThan(short);
});
