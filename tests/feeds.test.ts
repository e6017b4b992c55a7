import { readFileSync } from "node:fs";
import { RelaxNGValidator, XmlDocument } from "libxml2-wasm";
import Parser from "rss-parser";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "./support/api.js";
import { buildPaper } from "./support/build.js";

const HOME = "https://papers.example";

interface JsonFeedItem {
  id: string;
  url: string;
  title: string;
  content_text: string;
  date_published: string;
  date_modified: string;
  authors?: { name: string }[];
  tags?: string[];
}

interface JsonFeed {
  version: string;
  title: string;
  feed_url: string;
  home_page_url: string;
  items: JsonFeedItem[];
}

let api: Api;
beforeAll(async () => {
  api = await testApi({ publicUrl: HOME });
  for (let n = 0; n < 12; n++) {
    await buildPaper(api.db, {
      externalId: `2503.0000${n.toString(36)}`,
      title: `Graph paper ${n}`,
      abstract: `About graphs & "trees" <b>${n}</b>`,
      tags: n % 2 ? ["rl", "graphs"] : ["vision"],
      organisations: n % 3 ? ["MIT"] : ["NVIDIA"],
      authors: n ? ["Ada Öztürk", `Writer ${n}`] : [],
      publishedAt: `2025-03-${String(n + 1).padStart(2, "0")}T08:00:00Z`,
      submittedAt: n > 2 ? `2025-03-${String(n + 1).padStart(2, "0")}T00:00:00Z` : null,
      upvotes: (n * 7) % 12,
    });
  }
  await buildPaper(api.db, {
    externalId: "P19-1001",
    title: "Control \u0001\u000b characters & <i>marks</i>\nin ]]> a title",
    abstract: "Line\u0007 one\nline two ]]> \uffff end",
    tags: ["a <tag> & more"],
    authors: ["Name \u0002 & Sons"],
    publishedAt: "2024-12-31T23:59:59Z",
  });
});
afterAll(() => api.close());

function get(path: string, headers: Record<string, string> = {}) {
  return api.app.inject({ url: `/feeds/${path}`, headers });
}

async function json(path: string): Promise<JsonFeed> {
  const answer = await get(path);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<JsonFeed>();
}

/** An outside parser of RSS and Atom. */
async function parsed(path: string) {
  const answer = await get(path);
  expect(answer.statusCode, answer.body).toBe(200);
  return new Parser().parseString(answer.body);
}

/** @returns titles that GraphQL gives for the same question. */
async function asked(args: string): Promise<string[]> {
  const { papers } = await api.data<{ papers: { nodes: { title: string }[] } }>(
    `{ papers(${args}) { nodes { title } } }`,
  );
  return papers.nodes.map(({ title }) => title);
}

const titles = async (path: string) => (await json(path)).items.map(({ title }) => title);

describe("a feed of a query", () => {
  it.each([
    ["limit=5", "first: 5"],
    ["search=graph&limit=20", 'search: "graph", orderBy: [{field: PUBLISHED_AT}]'],
    ["search=graph&order=relevance", 'search: "graph", first: 50'],
    ["tag=rl", 'filter: {tags: {anyOf: ["rl"]}}'],
    ["tag=rl&tag=vision&limit=20", 'filter: {tags: {anyOf: ["rl", "vision"]}}'],
    ["organisation=nvidia&minUpvotes=3", 'filter: {organisations: {anyOf: ["nvidia"]}, upvotes: {gte: 3}}'],
    [
      "author=Ada%20%C3%96zt%C3%BCrk&order=upvotes",
      'filter: {authors: {anyOf: ["Ada Öztürk"]}}, orderBy: [{field: UPVOTES}]',
    ],
    ["since=2025-03-09", 'filter: {publishedAt: {gte: "2025-03-09"}}'],
    [
      "since=2025-03-09T09:00:00%2B01:00&order=title",
      'filter: {publishedAt: {gte: "2025-03-09T08:00:00Z"}}, orderBy: [{field: TITLE, direction: ASC}]',
    ],
    ["order=TRENDING&limit=20", "orderBy: [{field: TRENDING}]"],
  ])("%s has the papers of papers(%s), in their order", async (parameters, args) => {
    const expected = await asked(args);
    expect(expected.length).toBeGreaterThan(1);
    expect(await titles(`papers.json?${parameters}`)).toEqual(
      expected.map((title) => title.replace(/[\u0001\u000b]/g, "").replace(/\s+/g, " ")),
    );
    const ids = (await json(`papers.json?${parameters}`)).items.map(({ id }) => id);
    expect((await parsed(`papers.rss?${parameters}`)).items.map(({ guid }) => guid)).toEqual(ids);
    expect(
      (await parsed(`papers.atom?${parameters}`)).items.map((item) => (item as { id?: string }).id),
    ).toEqual(ids);
  });

  it("takes what is left empty for not given", async () => {
    expect(
      await titles("papers.json?search=&tag=&organisation=&author=&minUpvotes=&since=&order=&limit="),
    ).toEqual(await titles("papers.json"));
  });

  it.each(["search=zzzzzz", "tag=none-such", "minUpvotes=100000", "since=2100-01-01"])(
    "that nothing matches (%s) is a valid feed without entries",
    async (parameters) => {
      expect((await json(`papers.json?${parameters}`)).items).toEqual([]);
      expect((await parsed(`papers.rss?${parameters}`)).items).toEqual([]);
      expect((await parsed(`papers.atom?${parameters}`)).items).toEqual([]);
      expectValidAtom((await get(`papers.atom?${parameters}`)).body);
    },
  );

  it.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=ten", "limit"],
    ["minUpvotes=-1", "minUpvotes"],
    ["minUpvotes=1.5", "minUpvotes"],
    ["since=yesterday", "since"],
    ["since=2025-02-30", "since"],
    ["since=2025-01-01&since=2025-01-02", "since"],
    ["order=best", "order"],
    ["order=relevance", "order"],
    ["tag=%00", "tag"],
    [`organisation=${"x".repeat(301)}`, "organisation"],
    [Array.from({ length: 101 }, (_, n) => `author=${n}`).join("&"), "author"],
  ])("refuses %.40s and names the parameter", async (parameters, name) => {
    for (const format of ["atom", "rss", "json"]) {
      const answer = await get(`papers.${format}?${parameters}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.json<{ error: string }>().error).toMatch(new RegExp(`^${name}\\b.*: takes`));
    }
  });

  it.each(["papers.xml", "yearly.atom", "papers.", "constructor.json", "papers.toString"])(
    "is not found as %s",
    async (path) => {
      const answer = await get(path);
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toHaveProperty("error");
    },
  );
});

describe("a shortcut", () => {
  it("has the last day, week or month that has papers, by upvotes, and takes the parameters too", async () => {
    const daily = await api.data<{ dailyPapers: { papers: { nodes: { title: string }[] } } }>(
      "{ dailyPapers { papers { nodes { title } } } }",
    );
    expect(await titles("daily.json")).toEqual(daily.dailyPapers.papers.nodes.map(({ title }) => title));
    const week = await api.data<{ dailyPapers: { papers: { nodes: { title: string }[] } } }>(
      '{ dailyPapers(week: "2025-W11") { papers { nodes { title } } } }',
    );
    expect(await titles("weekly.json")).toEqual(week.dailyPapers.papers.nodes.map(({ title }) => title));
    expect(week.dailyPapers.papers.nodes).toHaveLength(3);
    expect(await titles("monthly.json")).toHaveLength(9);
    expect(await titles("monthly.json?minUpvotes=5&tag=rl")).toEqual(
      await asked(
        'filter: {submittedAt: {gte: "2025-03-01", lt: "2025-04-01"}, upvotes: {gte: 5}, tags: {anyOf: ["rl"]}}, orderBy: [{field: UPVOTES}]',
      ),
    );
    expect(await titles("trending.json?limit=13")).toHaveLength(13);
    expect((await titles("trending.json")).slice(0, 12)).toEqual(
      (await asked("orderBy: [{field: TRENDING}]")).slice(0, 12),
    );
  });
});

/** Against the schema that the specification has, and what it says beside. */
function expectValidAtom(text: string): XmlDocument {
  const schema = XmlDocument.fromBuffer(readFileSync(new URL("support/atom.rng", import.meta.url)));
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the specification's schema is in this language
  const validator = RelaxNGValidator.fromDoc(schema);
  const document = XmlDocument.fromString(text);
  expect(() => {
    validator.validate(document);
  }).not.toThrow();
  const ids = document.find("//a:entry/a:id", { a: "http://www.w3.org/2005/Atom" }).map((id) => id.content);
  expect(new Set(ids).size).toBe(ids.length);
  return document;
}

describe("the format", () => {
  const ALL = "?limit=100";

  it("Atom keeps to RFC 4287", async () => {
    const answer = await get(`papers.atom${ALL}&search=`);
    expect(answer.headers["content-type"]).toBe("application/atom+xml; charset=utf-8");
    const document = expectValidAtom(answer.body);
    const a = { a: "http://www.w3.org/2005/Atom" };
    expect(document.find("/a:feed/a:link[@rel='self']/@href", a).map((link) => link.content)).toEqual([
      `${HOME}/feeds/papers.atom?limit=100&search=`,
    ]);
    const entry = "//a:entry[contains(a:title, 'Graph paper 5')]";
    const texts = (path: string) => document.find(`${entry}/${path}`, a).map((node) => node.content);
    expect(texts("a:author/a:name")).toEqual(["Ada Öztürk", "Writer 5"]);
    expect(texts("a:category/@term")).toEqual(["rl", "graphs"]);
    expect(texts("a:link/@href")).toEqual(["https://arxiv.org/abs/2503.00005"]);
    expect(texts("a:published")).toEqual(["2025-03-06T08:00:00.000Z"]);
    expect(texts("a:content")).toEqual(['About graphs & "trees" <b>5</b>']);
  });

  it("RSS keeps to its specification", async () => {
    const answer = await get(`papers.rss${ALL}`);
    expect(answer.headers["content-type"]).toBe("application/rss+xml; charset=utf-8");
    const document = XmlDocument.fromString(answer.body);
    for (const element of ["title", "link", "description", "lastBuildDate"])
      expect(document.find(`/rss[@version='2.0']/channel/${element}`)).toHaveLength(1);
    expect(document.find("//item/author")).toEqual([]);
    expect(document.find("//guid[not(@isPermaLink='false')]")).toEqual([]);
    const feed = await parsed(`papers.rss${ALL}`);
    expect(feed.feedUrl).toBe(`${HOME}/feeds/papers.rss${ALL}`);
    const item = feed.items.find(({ title }) => title === "Graph paper 5")!;
    expect(item).toMatchObject({
      link: "https://arxiv.org/abs/2503.00005",
      isoDate: "2025-03-06T08:00:00.000Z",
      categories: ["rl", "graphs"],
      // As HTML, which readers take it for.
      content: 'About graphs &amp; "trees" &lt;b&gt;5&lt;/b&gt;',
    });
    expect(item.creator).toContain("Ada Öztürk");
  });

  it("JSON Feed keeps to version 1.1", async () => {
    const answer = await get(`papers.json${ALL}`);
    expect(answer.headers["content-type"]).toBe("application/feed+json; charset=utf-8");
    const feed = answer.json<JsonFeed>();
    expect(feed).toMatchObject({
      version: "https://jsonfeed.org/version/1.1",
      title: "Papers",
      feed_url: `${HOME}/feeds/papers.json${ALL}`,
    });
    expect(feed.items).toHaveLength(13);
    for (const { id, content_text, date_published, date_modified } of feed.items) {
      expect(id).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
      expect(content_text).not.toBe("");
      expect(new Date(date_modified) >= new Date(date_published)).toBe(true);
    }
    expect(feed.items.find(({ title }) => title === "Graph paper 5")).toMatchObject({
      url: "https://arxiv.org/abs/2503.00005",
      authors: [{ name: "Ada Öztürk" }, { name: "Writer 5" }],
      tags: ["rl", "graphs"],
    });
  });

  it("keeps out what XML cannot hold, and escapes the rest", async () => {
    const title = "Control characters & <i>marks</i> in ]]> a title";
    const found = (items: { title?: string }[]) => items.filter((item) => item.title?.startsWith("Control"));
    expect(found((await json(`papers.json${ALL}`)).items)[0]).toMatchObject({
      title,
      content_text: "Line one line two ]]> end",
      authors: [{ name: "Name & Sons" }],
    });
    expect(found((await parsed(`papers.rss${ALL}`)).items)[0]).toMatchObject({
      title,
      categories: ["a <tag> & more"],
    });
    expect(found((await parsed(`papers.atom${ALL}`)).items)[0]).toMatchObject({ title });
  });

  it.each(["atom", "rss", "json"])("%s survives any characters in the address", async (format) => {
    const answer = await get(`papers.${format}?search=${encodeURIComponent('"<&>\u0001]]>é')}&x="<>`);
    expect(answer.statusCode).toBe(200);
    if (format === "atom") expectValidAtom(answer.body);
    else if (format === "rss") XmlDocument.fromString(answer.body);
    else answer.json();
  });
});

describe("asking again", () => {
  it.each(["atom", "rss", "json"])("gives the same %s, told by 304 when nothing changed", async (format) => {
    const first = await get(`papers.${format}`);
    expect(first.headers["cache-control"]).toMatch(/^public, max-age=150, s-maxage=300/);
    const second = await get(`papers.${format}`, { "if-none-match": String(first.headers.etag) });
    expect(second.statusCode).toBe(304);
    expect(second.body).toBe("");
    const head = await api.app.inject({ method: "HEAD", url: `/feeds/papers.${format}` });
    expect(head.statusCode).toBe(200);
    expect(head.headers.etag).toBe(first.headers.etag);
  });

  it("gives entries the same ids after upvotes, in other feeds, and from another address", async () => {
    const idOf = async (path: string, headers = {}) =>
      (await get(path, headers)).json<JsonFeed>().items.find(({ title }) => title === "Graph paper 11")?.id;
    const id = await idOf("papers.json");
    await api.db.query(
      "test.upvote",
      sql`UPDATE papers SET upvote_base = upvote_base + 50 WHERE title = 'Graph paper 11'`,
    );
    const paths = ["papers.json", "daily.json", "trending.json", "papers.json?tag=rl"];
    expect(await Promise.all(paths.map((path) => idOf(path)))).toEqual(paths.map(() => id));
    const other = await testApi();
    await buildPaper(other.db, { externalId: "2503.0000b", title: "Under another title" });
    const elsewhere = await other.app.inject({
      url: "/feeds/papers.json",
      headers: { host: "other.example" },
    });
    expect(elsewhere.json<JsonFeed>()).toMatchObject({
      feed_url: "http://other.example/feeds/papers.json",
      items: [{ id }],
    });
    await other.close();
  });

  it("finds what has come in since", async () => {
    const before = await get("papers.atom");
    await buildPaper(api.db, { title: "Brand new", publishedAt: "2025-04-01T00:00:00Z" });
    const after = await get("papers.atom", { "if-none-match": String(before.headers.etag) });
    expect(after.statusCode).toBe(200);
    expect(after.body).toContain("Brand new");
  });
});
