import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileSearch } from "../../src/search/compile/compile-search.js";
import { didYouMean } from "../../src/search/suggestions/did-you-mean.js";
import { editDistance } from "../../src/search/suggestions/edit-distance.js";
import { oneTypoFrom } from "../../src/search/suggestions/typos.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  const papers = [
    { title: "A language model", publishedAt: "2024-05-01T00:00:00Z", authors: ["Bernhard Schölkopf"] },
    { title: "The transformer of language", publishedAt: "2024-05-01T00:00:00Z" },
    { title: "Vision and language" },
    { title: "Bayesian slipstreams" },
  ];
  for (const paper of papers) await buildPaper(api.db, paper);
  for (let n = 0; n < 25; n++)
    await buildPaper(api.db, { title: `Networks ${n}`, abstract: "An abstract of vortexes." });
  await api.db.query(
    "test.words",
    sql`INSERT INTO search_words VALUES ('language', 900), ('languages', 90), ('model', 800), ('modle', 1), ('vision', 500),
          ('transformer', 50), ('scholkopf', 20), ('langue', 2), ('networks', 700), 
          ('should', 300), ('vortices', 600), ('nowhere', 400), ('slipstreamy', 25)`,
  );
});
afterAll(() => api.close());

const meant = async (text: string, count = 0) =>
  didYouMean(api.db, await compileSearch(api.db, text), () => Promise.resolve(count));

describe("did you mean", () => {
  it.each([
    ["langauge", "language"],
    ["langauge modle", "language model"],
    ["Langauge MODLE", "Language MODEL"],
    ["anguage", "language"],
    ["lnguaage", "language"],
    [
      '+langauge -survey (trasnformer OR "modle") year:2024',
      '+language -survey (transformer OR "modle") year:2024',
    ],
    ["title:langauge", "title:language"],
    ["author:Schölkpof", "author:Scholkopf"],
    ["vision-langauge", "vision-language"],
  ])("%s: %s", async (text, expected) => {
    expect(await meant(text)).toBe(expected);
  });

  it.each([
    ["what is right", "languages"],
    ["another form of a common word", "transformers"],
    ["what is like nothing", "qqqq zzzz"],
    ["organisations and prefixes", "org:langauge modl*"],
    ["phrases", '"langauge modle"'],
    ["exclusions", "-langauge"],
    ["words with digits", "langauge2"],
    ["words that abstracts have, but no title", "vortexes"],
    ["what would be a stop word", "shoudl"],
    ["a rare word next to one that is not much commoner", "slipstreams"],
  ])("leaves %s alone: %s", async (_, text) => {
    expect(await meant(text)).toBeNull();
  });

  it("says nothing when the corrected search finds nothing more", async () => {
    expect(await meant("year:1999 langauge")).toBeNull();
    expect(await meant("title:nowhre")).toBeNull();
    expect(await meant("title:transfromer")).toBe("title:transformer");
    expect(await meant("title:transfromer", 1)).toBeNull();
  });

  it("does not ask where enough was found", async () => {
    expect(await meant("langauge", 20)).toBeNull();
  });

  it("does not count papers where no word is doubtful", async () => {
    const never = () => Promise.reject(new Error("counted"));
    expect(await didYouMean(api.db, await compileSearch(api.db, "networks"), never)).toBeNull();
  });

  it("is told of a search of which words had to be left out, and what it says finds papers", async () => {
    const ask = (search: string) =>
      api.data<{
        papers: { totalCount: number; searchInfo: { didYouMean: string | null; relaxed: boolean } };
      }>(
        "query ($search: String!) { papers(search: $search) { totalCount searchInfo { didYouMean relaxed } } }",
        { search },
      );
    const { papers } = await ask("langauge networks");
    expect(papers.searchInfo).toEqual({ didYouMean: "language networks", relaxed: true });
    const again = await ask("language networks");
    expect(again.papers.totalCount).toBeGreaterThan(0);
    expect(again.papers.searchInfo.didYouMean).toBeNull();
  });
});

describe("one slip of the hand", () => {
  it("is every dropped, added, replaced or swapped letter, and nothing else", () => {
    const words = oneTypoFrom("tree");
    expect(words).toEqual(
      expect.arrayContaining(["tre", "ree", "trees", "stree", "free", "rtee", "tere", "tre"]),
    );
    expect(words).not.toContain("tree");
    expect(new Set(words).size).toBe(words.length);
    for (const word of words) expect(editDistance("tree", word)).toBe(1);
    expect(oneTypoFrom("gpt4")).toContain("gpt5");
    expect(oneTypoFrom("модель")).toEqual(expect.arrayContaining(["моедль", "модел", "одель"]));
  });

  it("counts as one, two slips as two", () => {
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("abc", "abc")).toBe(0);
    expect(editDistance("langauge", "language")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});
