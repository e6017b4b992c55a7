import fc from "fast-check";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataSource, databaseOf } from "../src/platform/database/data-source.js";
import type { Database } from "../src/platform/database/database.js";
import { compileSearch } from "../src/search/compile/compile-search.js";
import { conditionSql } from "../src/search/compile/search-condition.js";
import { buildPaper } from "./support/build.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  for (const [index, paper] of PAPERS.entries()) {
    await buildPaper(test.db, { externalId: `p${index}`, publishedAt: "2024-06-01T00:00:00Z", ...paper });
  }
  await test.db.query("test.analyze", sql`ANALYZE`);
  await test.db.query(
    "test.words",
    sql`INSERT INTO search_words VALUES ('computation', 5), ('computer', 3), ('compute', 2)`,
  );
});
afterAll(() => test.drop());

const PAPERS = [
  {
    title: "Large language models reason",
    abstract: "We study how an LLM reasons.",
    authors: ["Will Smith"],
  },
  {
    title: "Songs of the state of the art",
    abstract: "Song generation with GPT-4 on GPUs.",
    authors: ["Hang Song"],
  },
  { title: "Naïve Bayes for Köln", tags: ["Diffusion Models", "cs.CV"], organisations: ["NVIDIA"] },
  { title: "Efficient computation", abstract: "gpt 4 llms", organisations: ["Mitsubishi Electric", "MIT"] },
  {
    title: "Old radiance fields",
    publishedAt: "2020-01-01T00:00:00Z",
    authors: ["Bernhard Schölkopf", "An Li"],
  },
  {
    title: "New fields of radiance",
    publishedAt: "2019-12-31T23:59:59Z",
    tags: ["3D vision", "diffusion model"],
  },
];

async function scores(db: Database): Promise<unknown> {
  const { score } = await compileSearch(db, "song OR radiance");
  return db.query("test.scores", sql`SELECT ${score("p")}::text AS score FROM paper_records p ORDER BY p.id`);
}

/** @returns the numbers of the papers that match, the best first. */
async function found(text: string): Promise<number[]> {
  const search = await compileSearch(test.db, text);
  const rows = await test.db.query<{ paper: string }>(
    "test.search",
    sql`SELECT p.external_id AS paper, ${search.score("p")} AS score FROM paper_records p
        WHERE ${search.condition("p")} ORDER BY score DESC, p.id`,
  );
  return rows.map(({ paper }) => Number(paper.slice(1)));
}

async function warnings(text: string): Promise<string> {
  const { info } = await compileSearch(test.db, text);
  return info.warnings.join(" ");
}

describe("a search", () => {
  it.each([
    ["all words, in any form", "+reasoning +model", [0]],
    ["some of the words before nothing", "reasoning model", [0, 2, 5]],
    ["what shares enough with a sentence, a slip included", "radiance fieldz nobody", [4, 5]],
    ["words without their accents", "naive koln", [2]],
    ["accents that the paper lacks", "éfficient", [3]],
    ["words of tags, organisations and authors", "nvidia", [2]],
    ["an author whose name is no stem", "smith", [0]],
    ["the word and not a name that is only its stem", "songs", [1]],
    ["a phrase", '"radiance fields"', [4]],
    ["a phrase with stop words in their places", '"state of the art"', [1]],
    ["no phrase across other stop words", '"state art"', []],
    ["the words of a hyphenated word", "state-of-the-art", [1]],
    ["the words of a hyphenated word, wherever they stand", "art-of-state title:songs-art", [1]],
    ["a quoted hyphenated word as a phrase", '"4-gpt"', []],
    ["a hyphenated name", "author:li-an", [4]],
    ["a prefix behind a hyphen", "gpt-4-llm*", [3]],
    ["a model's number with or without hyphen", "gpt-4", [1, 3]],
    ["no phrase from one field into the next", '"reason study"', []],
    ["exclusions", "radiance -old", [5]],
    ["exclusions alone", "-fields -language", [1, 2, 3]],
    ["either word", "naive OR old", [2, 4]],
    ["prefixes", "radi* lan*", []],
    ["a prefix longer than the stem", "computatio*", [3]],
    ["a prefix of a name", "author:schol*", [4]],
    ["a prefix in a phrase", '"language mod*"', [0]],
    ["the title alone", "title:song", [1]],
    ["the abstract alone", "abstract:study", [0]],
    ["authors alone", "author:song", [1]],
    ["an author who is a stop word elsewhere", "author:will", [0]],
    ["an author's name as a phrase", 'author:"an li"', [4]],
    ["a year, in UTC", "year:2020", [4]],
    ["an open range of years", "year:..2019 OR year:2025..", [5]],
    ["an organisation", "org:nvidia", [2]],
    ["an organisation by the start of its name", "org:mitsu", [3]],
    ["a tag with a dot", "tag:cs.CV", [2]],
    ["a tag, singular and plural", 'tag:"diffusion model"', [2, 5]],
    ["a tag that is not there", "tag:biology", []],
    ["a tag within alternatives", "tag:cs.CV OR title:old", [2, 4]],
    ["what is not tagged so", 'fields -tag:"3d vision"', [4]],
  ])("finds %s: %s", async (_, text, papers) => {
    expect((await found(text)).sort()).toEqual(papers);
  });

  it("finds acronyms whatever their case and number", async () => {
    for (const text of ["LLM", "LLMs", "llm", "llms"]) expect((await found(text)).sort()).toEqual([0, 3]);
    for (const text of ["GPU", "GPUs", "gpu", "gpus"]) expect(await found(text)).toEqual([1]);
  });

  it("does not take an organisation for another whose name only begins like it", async () => {
    const [mit] = await test.db.query<{ id: number }>(
      "test.mit",
      sql`SELECT id FROM organisations WHERE slug = 'mit'`,
    );
    const { condition } = await compileSearch(test.db, "org:mit");
    expect(condition("p").values).toEqual([[mit!.id]]);
  });

  it.each([
    "2401.00001",
    "2401.00001v3",
    " arXiv:2401.00001 ",
    "arxiv: 2401.00001v1",
    "https://arxiv.org/abs/2401.00001v2",
    "http://www.arxiv.org/pdf/2401.00001.pdf",
    "huggingface.co/papers/2401.00001?x=y",
  ])("finds the paper that an id or address names: %s", async (text) => {
    await buildPaper(test.db, { externalId: "2401.00001", title: "Named", publishedAt: "2024-01-01" });
    const { db } = test;
    try {
      const { condition, info } = await compileSearch(db, text);
      const rows = await db.query(
        "test.named",
        sql`SELECT title FROM paper_matches m JOIN papers USING (id) WHERE ${condition("m")}`,
      );
      expect(rows).toEqual([{ title: "Named" }]);
      expect(info).toEqual({ interpretedAs: "2401.00001", relaxed: false, warnings: [] });
    } finally {
      await db.query("test.unbuild", sql`DELETE FROM papers WHERE external_id = '2401.00001'`);
    }
  });

  it("takes an id that no paper has as words", async () => {
    const { root, info } = await compileSearch(test.db, "https://arxiv.org/abs/2401.99999");
    expect(root).not.toBeNull();
    expect(info.interpretedAs).toMatch(/2401.99999/);
    // An id by its form alone is no reason to ask; a year is a word.
    expect(await found("p2 p3")).toEqual([]);
  });

  it("says when not all words had to match", async () => {
    const relaxed = async (text: string) => (await compileSearch(test.db, text)).info.relaxed;
    expect(await relaxed("reasoning model")).toBe(true);
    for (const text of ["radiance", '"radiance fields"', "+radiance +fields", "radiance -old", "🤖"])
      expect(await relaxed(text)).toBe(false);
  });

  it("asks for all words when enough papers have them", async () => {
    const own = await testDatabase();
    try {
      for (let n = 0; n < 20; n++) await buildPaper(own.db, { title: `Alpha beta ${n}` });
      await buildPaper(own.db, { title: "Alpha alone" });
      const { info, condition } = await compileSearch(own.db, "alpha beta");
      expect(info.relaxed).toBe(false);
      const rows = await own.db.query("test.all", sql`SELECT FROM paper_matches p WHERE ${condition("p")}`);
      expect(rows).toHaveLength(20);
      expect((await compileSearch(own.db, "alpha beta alone")).info.relaxed).toBe(true);
    } finally {
      await own.drop();
    }
  });

  it("leaves stop words out and says so", async () => {
    expect(await found("the songs of an art")).toEqual([1]);
    expect(await warnings("the songs of an art")).toMatch(/too common.*“the”, “of”, “an”/);
  });

  it("looks for stop words among names when there is nothing else", async () => {
    expect(await found("will")).toEqual([0]);
    expect(await warnings("will")).toMatch(/only names of authors.*“will”/);
  });

  it.each(["🤖", "-", '"', "∑ + ∏"])("matches nothing where nothing can be looked for: %s", async (text) => {
    const search = await compileSearch(test.db, text);
    expect(search.matchesNothing).toBe(true);
    expect(await found(text)).toEqual([]);
    expect(search.info.warnings.join(" ")).toMatch(/nothing matches/);
  });

  it("says which names it does not know", async () => {
    expect(await warnings("org:nowhere tag:nothing")).toMatch(
      /No organisation is called “nowhere”.*No tag is called “nothing”/,
    );
  });

  it("puts titles before abstracts and more rare words before fewer", async () => {
    expect(await found("song OR reason")).toEqual([1, 0]);
    expect(await found("radiance OR old")).toEqual([4, 5]);
  });

  it("scores a paper the same each time, with statistics and without", async () => {
    // Statistics are kept with the pool that read them.
    const other = createDataSource({ url: test.url, poolSize: 2, queryTimeout: 60_000 });
    await other.initialize();
    await test.db.query(
      "test.forget",
      sql`DELETE FROM pg_statistic WHERE starelid = 'paper_search'::regclass`,
    );
    const [withStatistics, without] = [await scores(test.db), await scores(databaseOf(other))];
    await test.db.query("test.analyze", sql`ANALYZE paper_search`);
    expect(withStatistics).toEqual(await scores(databaseOf(test.source)));
    expect(withStatistics).not.toEqual(without);
    expect(without).toEqual(await scores(databaseOf(other)));
    await other.destroy();
  });

  it("takes as many words, signs and brackets as anybody can send", async () => {
    const texts = [
      Array.from({ length: 256 }, (_, index) => `w${index}`).join(" "),
      `"${Array.from({ length: 2_000 }, (_, index) => `w${index}`).join(" ")}"`,
      "-(".repeat(100) + "a",
      "a OR ".repeat(2_000),
      "x* ".repeat(500),
      "-".repeat(33),
      "y".repeat(10_000),
      `${"é".repeat(3_000)}*`,
    ];
    for (const text of texts) await expect(found(text)).resolves.toBeDefined();
  });

  it("never fails for what was typed", async () => {
    await fc.assert(
      fc.asyncProperty(typed(), async (text) => {
        await expect(found(text)).resolves.toBeDefined();
      }),
      { numRuns: 400 },
    );
  });
});

function typed(): fc.Arbitrary<string> {
  const operator = fc.constantFrom(
    ..."'\"()|&!<>:*\\-+%_.,@$",
    "<->",
    "<2>",
    ":A",
    ":*",
    "''",
    "\\'",
    "\0",
    "\u0301",
  );
  const word = fc.constantFrom(
    "OR",
    "title:",
    "author:",
    "org:",
    "tag:",
    "year:2024",
    "the",
    "model",
    "llms",
    "ß",
    "Ⅷ",
    "10%",
  );
  const any = fc.string({ unit: "binary", maxLength: 5 });
  return fc
    .array(fc.oneof(operator, word, any, fc.constant(" ")), { maxLength: 30 })
    .map((parts) => parts.join(""));
}

it.each([
  ["few ids", 3, 3],
  ["many ids of few papers", 40, 40],
  ["many ids of many papers", 40, 1_000_000],
])("finds the same papers by %s", async (_, count, papers) => {
  const tags = await test.db.query<{ id: number }>(
    "test.tags",
    sql`SELECT id FROM tags WHERE slug LIKE 'diffusion%'`,
  );
  expect(tags.length).toBeGreaterThan(1);
  const ids = [...tags.map(({ id }) => id), ...Array.from({ length: count - 2 }, (_, n) => 1_000_000 + n)];
  const condition = conditionSql({ kind: "named", field: "tag", ids, papers }, "p");
  const either = await test.db.query<{ paper: string }>(
    "test.named",
    sql`SELECT external_id AS paper FROM paper_records p WHERE ${condition} ORDER BY id`,
  );
  expect(either.map(({ paper }) => paper)).toEqual(["p2", "p5"]);
  const neither = await test.db.query(
    "test.named",
    sql`SELECT FROM paper_records p WHERE NOT (${condition})`,
  );
  expect(neither).toHaveLength(PAPERS.length - 2);
});

it("looks for a word once, and for titles and names in one condition each", async () => {
  const { condition } = await compileSearch(test.db, "song ".repeat(600));
  expect(condition("p").values).toEqual(["'song'"]);
  const { condition: alternatives } = await compileSearch(
    test.db,
    "title:state OR title:naive OR tag:diffusion OR tag:vision",
  );
  expect(alternatives("p").text).toMatch(/^\(ts_filter\([^()]*\) @@ [^()]* OR p\.tag_ids && [^()]*\)$/);
});

it("searches for the rarest of very many words, and says so", async () => {
  const words = Array.from({ length: 100 }, (_, number) => `word${number}`);
  const { info, condition } = await compileSearch(test.db, words.join("|"));
  expect(
    condition("p")
      .values.join()
      .match(/'word\d+'/g),
  ).toHaveLength(64);
  expect(info.warnings).toEqual(["Of so many words, the 64 that are rarest were searched for."]);
});
