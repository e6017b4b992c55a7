import { subscribe, unsubscribe } from "node:diagnostics_channel";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileSearch } from "../src/search/compile/compile-search.js";
import {
  highlightPapers,
  type Highlight,
  type HighlightedTexts,
} from "../src/search/highlights/highlights.js";
import { RequestWork } from "../src/platform/work/request-work.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());

function paper(texts: Partial<HighlightedTexts>): HighlightedTexts {
  return { title: "", abstract: null, authors: [], tags: [], organisations: [], ...texts };
}

async function highlights(search: string, texts: Partial<HighlightedTexts>): Promise<Highlight[]> {
  const { terms } = await compileSearch(test.db, search);
  const [found] = await highlightPapers(test.db, terms, [paper(texts)]);
  return found!;
}

/** @returns `field: text` with what was found in brackets. */
async function marked(search: string, texts: Partial<HighlightedTexts>): Promise<string[]> {
  return (await highlights(search, texts)).map(({ field, fragment, ranges }) => {
    const points = [...fragment];
    for (const { start, end } of ranges.toReversed()) {
      points.splice(end, 0, "]");
      points.splice(start, 0, "[");
    }
    return `${field}: ${points.join("")}`;
  });
}

describe("highlights", () => {
  it.each<[string, string, Partial<HighlightedTexts>, string[]]>([
    ["every form of a word", "model", { title: "Models of modelling" }, ["title: [Models] of [modelling]"]],
    ["accents and case", "naive", { title: "NAÏVE Bayes" }, ["title: [NAÏVE] Bayes"]],
    ["parts of hyphenated words", "gpt-4", { title: "GPT-4 and GPT-3" }, ["title: [GPT]-[4] and [GPT]-3"]],
    ["acronyms", "llm", { title: "LLMs, LLM, llms" }, ["title: [LLMs], [LLM], [llms]"]],
    ["prefixes", "quant*", { title: "Quantised quanta" }, ["title: [Quantised] [quanta]"]],
    [
      "only whole phrases",
      '"large model"',
      { title: "A large model, large or not" },
      ["title: A [large] [model], large or not"],
    ],
    [
      "phrases over stop words",
      '"state of the art"',
      { title: "State of the art" },
      ["title: [State] of the [art]"],
    ],
    ["code points behind emoji", "robot", { title: "🤖🦾 robots" }, ["title: 🤖🦾 [robots]"]],
    ["words with dots", "tag:cs.CV", { tags: ["cs.CV", "cs.CL"] }, ["tags: [cs.CV]"]],
    ["fields alone", "title:nerf", { title: "NeRF", abstract: "NeRF" }, ["title: [NeRF]"]],
    ["names as they are", "author:songs", { title: "Songs", authors: ["Hang Song"] }, []],
    ["letters that turn into others", "author:odegaard", { authors: ["Ødegaard"] }, ["authors: [Ødegaard]"]],
    [
      "organisations",
      "org:nvidia gpu",
      { organisations: ["NVIDIA Research", "MIT"] },
      ["organisations: [NVIDIA] Research"],
    ],
    [
      "nothing that is excluded",
      "vision -language",
      { title: "Vision language" },
      ["title: [Vision] language"],
    ],
  ])("mark %s", async (_, search, texts, expected) => {
    expect(await marked(search, texts)).toEqual(expected);
  });

  it("show the part of a long abstract with the most of the terms", async () => {
    const filler = "Nothing of interest stands in this sentence at all. ".repeat(10);
    const abstract = `Diffusion. ${filler}Here a diffusion transformer is trained. ${filler}`;
    const [found] = await highlights("diffusion transformer", { abstract });
    expect(found!.fragment).toContain("diffusion transformer");
    expect(found!.fragment.length).toBeLessThanOrEqual(240);
    expect(abstract).toMatch(new RegExp(`(^|\\s)${found!.fragment}(\\s|$)`));
    expect(found!.ranges).toHaveLength(2);
    expect(found).toMatchObject({ startsInside: true, endsInside: true });
    expect(await highlights("diffusion", { abstract: " Diffusion. " })).toMatchObject([
      { fragment: "Diffusion.", startsInside: false, endsInside: false },
    ]);
  });

  it("give the event loop to others between papers", async () => {
    const words = Array.from({ length: 60 }, (_, number) => `word${number}`);
    const { terms } = await compileSearch(test.db, words.join(" OR "));
    const papers = Array.from({ length: 100 }, () => paper({ abstract: `${words.join(" ")} `.repeat(10) }));
    await highlightPapers(test.db, terms, papers);
    const work = new RequestWork();
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await highlightPapers(test.db, terms, papers, work);
    clearImmediate(timer);
    work.done();
    expect(turns).toBeGreaterThan(1);
  });

  it("are bounded for a paper, whatever its texts", async () => {
    const names = Array.from({ length: 700 }, (_, number) => `Li ${number}`);
    expect(await highlights("author:li", { authors: names })).toHaveLength(100);
    const [found] = await highlights("last", { abstract: `${"word ".repeat(5_000)}last` });
    expect(found).toBeUndefined();
  });

  it("ask Postgres once for what it has not seen, and then no more", async () => {
    const { terms } = await compileSearch(test.db, "unseen words");
    const papers = ["Unseeing", "unwords", "wordless"].map((title) =>
      paper({ title, abstract: `We ${title}` }),
    );
    const labels: unknown[] = [];
    const listen = (event: unknown) => labels.push((event as { label: string }).label);
    subscribe("papergraph:statement", listen);
    await highlightPapers(test.db, terms, papers);
    await highlightPapers(test.db, terms, papers);
    unsubscribe("papergraph:statement", listen);
    expect(labels).toEqual(["search.lexemes"]);
  });

  it("are pieces of the texts with ranges in order, whatever the texts", async () => {
    const word = fc.constantFrom(
      "model",
      "models",
      "Vision",
      "LLMs",
      "🤖",
      "3.5",
      "café",
      "a.b@c",
      "—",
      "\n",
      "中文",
      "the",
    );
    const text = fc
      .array(fc.oneof(word, fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 120 })
      .map((parts) => parts.join(" ").replaceAll("\0", ""));
    const search = fc.constantFrom(
      "model vision",
      '"vision models"',
      "llm* 3.5",
      "cafe OR 中*",
      "title:the model",
    );
    await fc.assert(
      fc.asyncProperty(search, text, text, async (asked, title, abstract) => {
        for (const { field, fragment, ranges } of await highlights(asked, {
          title,
          abstract,
          authors: [title],
        })) {
          expect(field === "abstract" ? abstract : title).toContain(fragment);
          expect(ranges.length).toBeGreaterThan(0);
          let last = -1;
          for (const { start, end, startUtf16, endUtf16 } of ranges) {
            expect(fragment.slice(startUtf16, endUtf16)).toBe([...fragment].slice(start, end).join(""));
            expect(start).toBeGreaterThan(last);
            expect(end).toBeGreaterThan(start);
            last = end - 1;
          }
          expect(last).toBeLessThan([...fragment].length);
        }
      }),
      { numRuns: 150 },
    );
  });
});
