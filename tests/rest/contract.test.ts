import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;

const WORDS = ["graph", "vision", "language", "agents", "quantization", "robot", "speech"];
const TAGS = ["deep learning", "Graph Networks", "LLMs"];
const ORGANISATIONS = ["nvidia", "Meta", "ETH"];
const AUTHORS = ["Ada Lovelace", "Alan Turing"];

beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  const users = [await buildUser(api.db, { username: "ann" }), await buildUser(api.db, { username: "Bob" })];
  for (let n = 0; n < 120; n++) {
    const pick = <T>(list: T[], prime: number) => list[(n * prime) % list.length]!;
    const day = String(1 + (n % 28)).padStart(2, "0");
    await buildPaper(api.db, {
      title: `${pick(WORDS, 3)} ${pick(WORDS, 5)} paper ${n}`,
      abstract: `About ${pick(WORDS, 2)} and ${pick(WORDS, 11)}.`,
      tags: n % 4 ? [pick(TAGS, 7)] : [TAGS[0]!, TAGS[1]!],
      organisations: n % 5 ? [pick(ORGANISATIONS, 2)] : [],
      authors: [pick(AUTHORS, 1), `Somebody ${n}`],
      publishedAt: `${2022 + (n % 4)}-0${1 + (n % 9)}-${day}T00:00:00Z`,
      submittedAt: n % 6 ? `2025-0${1 + (n % 3)}-${day}T0${n % 10}:00:00Z` : null,
      submittedBy: n % 6 ? pick(users, 1).key : null,
      upvotes: (n * 37) % 23,
      comments: (n * 5) % 7,
      codeUrl: n % 3 ? null : `https://github.com/x/${n}`,
      codeStars: n % 9 ? null : n,
    });
  }
});
afterAll(() => api.close());

/** The ids in the order of the REST door, all pages by following Link. */
async function restIds(path: string): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = path; next;) {
    const response = await ask("get", next);
    expect(response.status, next).toBe(200);
    const items = response.body as { id?: string; paper?: { id: string } }[];
    ids.push(...items.map((item) => (item.paper ?? item).id!));
    expect(new Set(ids).size, "each paper once").toBe(ids.length);
    const link = /^<https?:\/\/[^/]+(.+)>; rel="next"$/.exec(response.headers.link ?? "")?.[1];
    expect(link).not.toBe(next);
    next = link;
  }
  return ids;
}

/** The same over GraphQL. @param field the connection, with `page` where its arguments for the page go. */
async function graphqlIds(field: string, path: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (let page = "first: 100"; ;) {
    let at: unknown = await api.data<unknown>(`{ ${field.replace("page", page)} }`);
    for (const key of path) at = (at as Record<string, unknown>)[key];
    const { nodes, pageInfo } = at as {
      nodes: { externalId: string }[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
    ids.push(...nodes.map((node) => node.externalId));
    if (!pageInfo.hasNextPage) return ids;
    page = `first: 100, after: "${pageInfo.endCursor}"`;
  }
}

const NODES = "{ nodes { externalId } pageInfo { hasNextPage endCursor } }";

describe("both doors give the same papers in the same order", () => {
  it.each([
    ["", ""],
    ["q=graph", 'search: "graph"'],
    ["q=graph+vision", 'search: "graph vision"'],
    ["q=graph+OR+robot&sort=upvotes", 'search: "graph OR robot", orderBy: [{ field: UPVOTES }]'],
    ["q=-graph&sort=trending", 'search: "-graph", orderBy: [{ field: TRENDING }]'],
    ["sort=comments", "orderBy: [{ field: COMMENTS }]"],
    ["sort=githubStars", "orderBy: [{ field: CODE_STARS }]"],
    ["sort=submittedAt", "orderBy: [{ field: SUBMITTED_AT }]"],
    ["tag=LLMs", 'filter: { tags: { allOf: ["LLMs"] } }'],
    [
      "tag=deep-learning&tag=graph+networks",
      'filter: { tags: { allOf: ["deep learning", "graph-networks"] } }',
    ],
    ["organization=NVIDIA", 'filter: { organisations: { allOf: ["nvidia"] } }'],
    ["organisation=meta&year=2023..", 'filter: { organisations: { allOf: ["meta"] }, year: { gte: 2023 } }'],
    ["author=Ada+Lovelace&hasCode=true", 'filter: { authors: { allOf: ["Ada Lovelace"] }, hasCode: true }'],
    ["hasCode=false&minUpvotes=10", "filter: { hasCode: false, upvotes: { gte: 10 } }"],
    ["year=2024", "filter: { year: { gte: 2024, lte: 2024 } }"],
    ["year=..2023&submitter=bob", 'filter: { year: { lte: 2023 }, submittedBy: "Bob" }'],
    ["year=2022..2024&q=language", 'search: "language", filter: { year: { gte: 2022, lte: 2024 } }'],
    ["tag=nothing", 'filter: { tags: { allOf: ["nothing"] } }'],
  ])("search?%s", async (query, args) => {
    const expected = await graphqlIds(`papers(page, ${args}) ${NODES}`, ["papers"]);
    expect(await restIds(`/api/papers/search?${query}`)).toEqual(expected);
    expect(await restIds(`/api/papers/search?${query}&limit=7`)).toEqual(expected);
    expect(await restIds(`/api/papers/search?${query}&limit=7&p=0`)).toEqual(expected);
    const total = (await ask("get", `/api/papers/search?${query}&limit=1`)).headers["x-total-count"];
    expect(Number(total)).toBe(expected.length);
  });

  it.each([
    ["date=2025-01-05", 'date: "2025-01-05"'],
    ["week=2025-W06", 'week: "2025-W06"'],
    ["month=2025-02", 'month: "2025-02"'],
    ["month=2025-03&submitter=ANN", 'month: "2025-03", submitter: "ann"'],
    ["month=2025-03&sort=trending", 'month: "2025-03", orderBy: [{ field: TRENDING }]'],
    ["week=2026-W53", 'week: "2026-W53"'],
  ])("daily_papers?%s", async (query, args) => {
    const expected = await graphqlIds(`dailyPapers(page, ${args}) { papers ${NODES} }`, [
      "dailyPapers",
      "papers",
    ]);
    expect(await restIds(`/api/daily_papers?${query}`)).toEqual(expected);
    expect(await restIds(`/api/daily_papers?${query}&limit=3`)).toEqual(expected);
  });

  it.each([
    ["", "filter: { submittedAt: {} }, orderBy: [{ field: SUBMITTED_AT }]"],
    ["sort=trending", "filter: { submittedAt: {} }, orderBy: [{ field: TRENDING }]"],
    ["submitter=ann", 'filter: { submittedAt: {}, submittedBy: "ann" }, orderBy: [{ field: SUBMITTED_AT }]'],
  ])("daily_papers?%s without a period", async (query, args) => {
    const expected = await graphqlIds(`papers(page, ${args}) ${NODES}`, ["papers"]);
    expect(await restIds(`/api/daily_papers?${query}`)).toEqual(expected);
    expect(await restIds(`/api/daily_papers?${query}&limit=13`)).toEqual(expected);
  });

  it("all papers, of an organisation, of a tag", async () => {
    expect(await restIds("/api/papers?limit=11")).toEqual(
      await graphqlIds(`papers(page) ${NODES}`, ["papers"]),
    );
    expect(await restIds("/api/organizations/Nvidia/papers?limit=7&q=graph")).toEqual(
      await graphqlIds(`organisation(id: "nvidia") { papers(page, search: "graph") ${NODES} }`, [
        "organisation",
        "papers",
      ]),
    );
    expect(await restIds("/api/tags/deep-learning/papers?limit=7&sort=upvotes&p=0")).toEqual(
      await graphqlIds(`tag(id: "deep-learning") { papers(page, orderBy: [{ field: UPVOTES }]) ${NODES} }`, [
        "tag",
        "papers",
      ]),
    );
  });
});

describe("both doors refuse the same", () => {
  it.each([
    ["/api/daily_papers?date=2025-02-29", 'dailyPapers(date: "2025-02-29") { period { start } }'],
    ["/api/daily_papers?week=2025-W53", 'dailyPapers(week: "2025-W53") { period { start } }'],
    ["/api/daily_papers?month=2025-13", 'dailyPapers(month: "2025-13") { period { start } }'],
    [
      "/api/daily_papers?date=2025-01-01&month=2025-01",
      'dailyPapers(date: "2025-01-01", month: "2025-01") { period { start } }',
    ],
  ])("%s", async (path, query) => {
    const { errors } = await api.ask(`{ ${query} }`);
    const response = await ask("get", path);
    expect(response.status).toBe(400);
    expect((response.body as { error: string }).error).toBe(errors![0]!.message);
  });
});
