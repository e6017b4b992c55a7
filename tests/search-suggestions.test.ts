import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseOf } from "../src/platform/database/data-source.js";
import { autocomplete } from "../src/search/suggestions/autocomplete.js";
import type { CompletionKind } from "../src/search/suggestions/completions.js";
import { relatedPapers } from "../src/search/related/related.js";
import { globalId } from "../src/shared/node.js";
import { buildPaper, type BuiltPaper } from "./support/build.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
const papers: BuiltPaper[] = [];

beforeAll(async () => {
  test = await testDatabase();
  const parts = [
    {
      title: "Learning to walk",
      upvotes: 5,
      tags: ["machine learning", "learning"],
      authors: ["Geoffrey Hinton"],
    },
    {
      title: "Learning to fly",
      upvotes: 9,
      tags: ["Machine Learning"],
      organisations: ["King University (KAUST)"],
    },
    { title: "Learning", tags: ["machine learning", "100% data"], authors: ["Hinto Lear"] },
    {
      title: "Splatting of radiance fields",
      abstract: "Gaussian splatting renders. Splatting is fast.",
      tags: ["3D"],
    },
    { title: "Fast Gaussian splatting", abstract: "Rendering by splatting.", tags: ["3D"] },
    { title: "Attention is all you need", abstract: "The transformer translates. A transformer attends." },
    { title: "Transformers translate", abstract: "We translate." },
  ];
  for (const paper of parts) papers.push(await buildPaper(test.db, paper));
  await test.db.query(
    "test.words",
    sql`INSERT INTO search_words VALUES ('learning', 900), ('hinton', 30), ('university', 40), ('king', 50)`,
  );
});
afterAll(() => test.drop());

async function suggested(prefix: string, types: CompletionKind[], first = 10): Promise<string[]> {
  const found = await autocomplete(test.db, { prefix, types, first });
  return found.map(({ label }) => label);
}

describe("autocomplete", () => {
  it("suggests papers by the start of the title, the exact one first, then by upvotes", async () => {
    expect(await suggested("learning", ["PAPER"])).toEqual([
      "Learning",
      "Learning to fly",
      "Learning to walk",
    ]);
    expect(await suggested("  LEARNING to", ["PAPER"], 1)).toEqual(["Learning to fly"]);
  });

  it("suggests names by a later word, too", async () => {
    expect(await suggested("hinton", ["AUTHOR"])).toEqual(["Geoffrey Hinton"]);
    expect(await suggested("kaust", ["ORGANISATION"])).toEqual(["King University (KAUST)"]);
    expect(await suggested("lear", ["TAG"])).toEqual(["learning", "machine learning"]);
  });

  it("lets the kinds take turns and keeps to the bound", async () => {
    const found = await autocomplete(test.db, {
      prefix: "lear",
      types: ["TAG", "PAPER", "AUTHOR"],
      first: 4,
    });
    expect(found.map(({ type }) => type)).toEqual(["TAG", "PAPER", "AUTHOR", "TAG"]);
    expect(found[0]).toEqual({
      type: "TAG",
      slug: "learning",
      nodeId: globalId("Tag", "learning"),
      label: "learning",
      paperCount: 1,
    });
    expect(found[1]).toMatchObject({ nodeId: papers[1]!.id, paperCount: null });
    expect(found[2]).toMatchObject({
      slug: "Hinto_Lear",
      nodeId: globalId("Author", "Hinto_Lear"),
      label: "Hinto Lear",
      paperCount: 1,
    });
  });

  it.each(["%", "_", "\\", "'", "", " ", "-", "\u{10ffff}", "(("])("takes %j as it is", async (prefix) => {
    expect(await suggested(prefix, ["PAPER", "TAG", "ORGANISATION", "AUTHOR"])).toEqual([]);
  });

  it.each([
    ["laerning to f", ["Learning to fly"]],
    ["learnig to walk", ["Learning to walk"]],
    ["earning to w", ["Learning to walk"]],
    ["leXarning to w", ["Learning to walk"]],
    ["Learming, to w", []],
    ["lern", ["Learning to fly", "Learning to walk", "Learning"]],
    ["lxxrning", []],
  ])("forgives one slip of the hand: %j", async (prefix, labels) => {
    expect(await suggested(prefix, ["PAPER"])).toEqual(labels);
  });

  it("forgives it in any word and of any kind", async () => {
    expect(await suggested("hitnon", ["AUTHOR"])).toEqual(["Geoffrey Hinton"]);
    expect(await suggested("kign univ", ["ORGANISATION"])).toEqual(["King University (KAUST)"]);
    expect(await suggested("king unviersi", ["ORGANISATION"])).toEqual(["King University (KAUST)"]);
    expect(await suggested("machine laerning", ["TAG"])).toEqual(["machine learning"]);
  });

  it("puts what begins as typed before what needs a slip forgiven", async () => {
    await buildPaper(test.db, { title: "Learnig is a typo", upvotes: 1 });
    expect(await suggested("learnig", ["PAPER"])).toEqual([
      "Learnig is a typo",
      "Learning",
      "Learning to fly",
      "Learning to walk",
    ]);
    expect(await suggested("learnig", ["PAPER"], 1)).toEqual(["Learnig is a typo"]);
  });

  it("finds the most used of very many that begin so, or have a later word that does", async () => {
    await test.db.query(
      "test.authors",
      sql`INSERT INTO authors (name, paper_count)
          SELECT 'Zhang ' || n, n % 3000 FROM generate_series(1, 6000) AS n
          UNION ALL SELECT 'A. Zhangson ' || n, 10000 + n FROM generate_series(1, 1000) AS n`,
    );
    const best = await suggested("zhang", ["AUTHOR"], 3);
    expect(best).toEqual(["Zhang 5999", "Zhang 2999", "Zhang 5998"]);
    expect(await suggested("zhangson", ["AUTHOR"], 2)).toEqual(["A. Zhangson 1000", "A. Zhangson 999"]);
    expect(await suggested("zhang 17", ["AUTHOR"], 1)).toEqual(["Zhang 17"]);
  });

  it("finds a percent sign where there is one", async () => {
    expect(await suggested("100%", ["TAG"])).toEqual(["100% data"]);
  });
});

describe("related papers", () => {
  it("are those on the same subject, the nearest first, without the paper itself", async () => {
    const [splatting, attention] = [papers[3]!.key, papers[5]!.key];
    const related = await relatedPapers(test.db, [splatting, attention], 3);
    expect(related.map(([first]) => first)).toEqual([papers[4]!.key, papers[6]!.key]);
    expect(related.flat()).not.toContain(splatting);
  });

  it("are none for a paper that is not there or says nothing", async () => {
    expect(await relatedPapers(test.db, [999_999], 5)).toEqual([[]]);
    expect(await relatedPapers(test.db, [], 5)).toEqual([]);
  });

  it("are found with statistics as well", async () => {
    await test.db.query("test.analyze", sql`ANALYZE paper_search`);
    // A Database of its own has not read any yet.
    const [related] = await relatedPapers(databaseOf(test.source), [papers[3]!.key], 1);
    expect(related).toEqual([papers[4]!.key]);
  });
});
