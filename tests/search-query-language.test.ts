import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseQuery } from "../src/search/language/query-language.js";

function understood(text: string): string {
  return parseQuery(text).interpretedAs;
}

describe("the language of the search box", () => {
  it.each([
    ["words", "vision  language\tmodels", "vision language models"],
    ["phrases", '"neural radiance fields" nerf', '"neural radiance fields" nerf'],
    ["typographic quotes", "„on device“ «edge ai» “tiny ml”", '"on device" "edge ai" "tiny ml"'],
    ["exclusion", "diffusion -video", "diffusion -video"],
    ["exclusion by a minus sign, and by several", "diffusion −video --survey", "diffusion -video -survey"],
    ["required words", "+rlhf reward", "+rlhf reward"],
    ["OR, which joins its neighbours alone", "vision text OR speech", "vision (text OR speech)"],
    ["| for OR", "text|speech | audio", "text OR speech OR audio"],
    ["AND, which says nothing new", "text AND speech", "text speech"],
    ["prefixes", 'quanti* "large lang*"', 'quanti* "large lang*"'],
    ["groups", "(gan OR vae) -(survey review)", "(gan OR vae) -(survey review)"],
    ["fields", 'title:nerf author:"Li Fei-Fei" TAG:cs.CV', 'title:nerf author:"Li Fei-Fei" tag:cs.CV'],
    [
      "other names of fields, and space behind them",
      "authors:hinton organization: nvidia",
      "author:hinton org:nvidia",
    ],
    ["excluded fields", "-author:hinton -year:2024", "-author:hinton -year:2024"],
    ["the field of a group", "title:(nerf OR abstract:splat)", "title:nerf OR abstract:splat"],
    [
      "years",
      "year:2024 year:2023.. year:..2025 year:2023..2025",
      "year:2024 year:2023.. year:..2025 year:2023..2025",
    ],
    ["years the wrong way round", "year:2025..2023", "year:2023..2025"],
    ["full-width forms", "ＧＰＴ　title：ｎｅｒｆ", "GPT title:nerf"],
    ["signs twice", "-(-gan) +(+vae)", "gan +vae"],
    [
      "hyphens, dots and plus signs within words",
      "GPT-4 U.S. C++ state-of-the-art",
      "GPT-4 U.S C++ state-of-the-art",
    ],
    ["punctuation around words", "Attention? (GANs), 'really'!", "Attention GANs really"],
    ["the colon of a title", "Segment Anything: A Study", "Segment Anything A Study"],
  ])("knows %s", (_, text, expected) => {
    expect(parseQuery(text)).toMatchObject({ interpretedAs: expected, warnings: [] });
  });

  it.each([
    ["a quotation mark alone", 'neural "nets', "neural nets", /quotation mark/],
    ["OR without a side", "vision OR", "vision or", /OR joins/],
    ["OR in front", "OR vision", "or vision", /OR joins/],
    ["an unknown field", "foo:bar", "foo bar", /no field “foo:”/],
    ["a year that is none", "year:abc", "year abc", /year:/],
    ["a field without value", "title:", "title", /“title:” has no value/],
    ["a lone minus", "vision - language", "vision language", /lone “-”/],
    ["a lone asterisk", "vision *", "vision", /“\*”/],
    ["an asterisk within a word", "a*b", "a b", /“\*”/],
    ["a bracket too many", "vision) language", "vision language", /bracket/],
    ["a bracket too few", "(vision language", "vision language", /bracket/],
    ["brackets without end", `${"(".repeat(40)}vision${")".repeat(40)}`, "vision", /Brackets within/],
  ])("takes %s as plain words and says so", (_, text, expected, warning) => {
    const { interpretedAs, warnings } = parseQuery(text);
    expect(interpretedAs).toBe(expected);
    expect(warnings.join(" ")).toMatch(warning);
  });

  it("finds nothing to look for in signs alone", () => {
    for (const text of ["", " ", "-", '"', "()", "***", "!?", "| |"])
      expect(parseQuery(text).root).toBeNull();
  });

  it("is read the same when it is given its own text again", () => {
    fc.assert(
      fc.property(searchText(), (text) => {
        const first = parseQuery(text);
        const second = parseQuery(first.interpretedAs);
        expect(second.root).toEqual(first.root);
        expect(second.interpretedAs).toBe(first.interpretedAs);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    "-",
    "+-",
    "(",
    ")",
    '"',
    '" ',
    "a OR ",
    "title:",
    "*",
    "a*",
    "-(",
    "a.",
    ".,",
    "(a OR ",
    "1,",
    "\u0301",
    "ﷺ",
  ])("reads 10,000 characters of %j in linear time", (part) => {
    const text = part.repeat(10_000 / part.length);
    const started = performance.now();
    understood(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

/** Anything, and what means something here more often than chance has it. */
function searchText(): fc.Arbitrary<string> {
  const sign = fc.constantFrom(
    ..."\"'()|:*-+.,\\&!<>@%_",
    " ",
    "\u00a0",
    "\0",
    "\ud800",
    "\u0301",
    "\u00ad",
    "“",
    "−",
  );
  const word = fc.constantFrom(
    "OR",
    "AND",
    "title:",
    "year:",
    "2023",
    "..",
    "org:",
    "tag:",
    "the",
    "model",
    "ﬁ",
    "ß",
    "1,5",
  );
  const any = fc.string({ unit: "binary", maxLength: 4 });
  const mixed = fc.array(fc.oneof(sign, word, any), { maxLength: 40 }).map((parts) => parts.join(""));
  return fc.oneof(
    mixed,
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("-".repeat(33), "!".repeat(40), "(".repeat(64)),
  );
}
