import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MOST_PLAIN_WORDS, MOST_TERMS } from "../../src/search/bounds/bound-query.js";
import { searchWork } from "../../src/search/bounds/search-work.js";
import { termsOf } from "../../src/search/language/query-ast.js";
import { parseQuery } from "../../src/search/language/query-language.js";

const numbered = (count: number, term: (number: number) => string, between = " "): string =>
  Array.from({ length: count }, (_, number) => term(number)).join(between);

describe("the bounds of a search", () => {
  it.each([
    [
      "prefixes",
      numbered(400, (n) => `ab${n}*`, "|"),
      { terms: 0, prefixes: MOST_TERMS.prefixes, phrases: 0 },
    ],
    [
      "prefixes of a field",
      numbered(400, (n) => `title:ab${n}*`, "|"),
      { terms: 0, prefixes: MOST_TERMS.prefixes, phrases: 0 },
    ],
    ["names", numbered(400, (n) => `tag:ab${n}`, "|"), { terms: MOST_TERMS.names, prefixes: 0, phrases: 0 }],
    [
      "words of fields",
      numbered(400, (n) => `author:ab${n}`, "|"),
      { terms: MOST_TERMS.fields, prefixes: 0, phrases: 0 },
    ],
    [
      "phrases",
      numbered(300, (n) => `"ab ${n}"`, "|"),
      { terms: 0, prefixes: 0, phrases: MOST_TERMS.phrases },
    ],
    [
      "years",
      numbered(300, (n) => `year:${1700 + n}`, "|"),
      { terms: MOST_TERMS.years, prefixes: 0, phrases: 0 },
    ],
    [
      "alternatives",
      numbered(508, (n) => `ab${n}`, "|"),
      { terms: MOST_PLAIN_WORDS, prefixes: 0, phrases: 0 },
    ],
    [
      "excluded words",
      numbered(508, (n) => `-ab${n}`, "|"),
      { terms: MOST_PLAIN_WORDS, prefixes: 0, phrases: 0 },
    ],
  ])("leave out what are too many %s, and say so", (_, text, work) => {
    expect(searchWork(text)).toEqual(work);
    expect(parseQuery(text).warnings).toContainEqual(
      expect.stringMatching(/^This search has many .*: the first \d+ were read\.$/),
    );
  });

  it("count a term once, however often it stands there", () => {
    expect(searchWork("model ".repeat(600))).toEqual({ terms: 1, prefixes: 0, phrases: 0 });
    expect(searchWork("tag:ab|tag:cd|".repeat(280))).toMatchObject({ prefixes: 0, phrases: 0 });
    expect(parseQuery("tag:ab tag:ab year:2024 year:2024").interpretedAs).toBe("tag:ab year:2024");
  });

  it("keep a word that is repeated, as it weighs more", () => {
    const { root, warnings } = parseQuery("attention is attention");
    expect(root && termsOf(root, true)).toHaveLength(3);
    expect(warnings).toEqual([]);
  });

  it("bound repetitions within brackets, however they are put", () => {
    const { root, warnings } = parseQuery(numbered(300, (n) => `(a ${"-".repeat(n % 2)}b${n % 4})`, "|"));
    expect(root && termsOf(root, true).length).toBeLessThan(80);
    expect(warnings).toContainEqual(expect.stringContaining("repetitions"));
  });

  it("cut a phrase and words joined by hyphens", () => {
    expect(parseQuery(`x OR "${"model of ".repeat(200)}"`).interpretedAs.split(" ")).toHaveLength(34);
    expect(parseQuery("a-".repeat(2_000)).interpretedAs.split("-")).toHaveLength(32);
  });

  it("cut a text that Unicode's normal form makes longer", () => {
    const { root, warnings } = parseQuery("\u{fdfa}".repeat(4_000));
    expect(root && termsOf(root, true).length).toBeLessThan(2_000);
    expect(warnings).toContainEqual(expect.stringContaining("8000"));
  });

  it("leave a question of 150 words as it is", () => {
    const text = numbered(150, (n) => `word${n % 120}`);
    expect(parseQuery(text)).toMatchObject({ interpretedAs: text, warnings: [] });
  });

  it("hold whatever is sent, and hold no less for their own text", () => {
    const term = fc.oneof(
      fc.nat(600).map((n) => `w${n}`),
      fc.nat(30).map((n) => `-p${n}*`),
      fc.nat(30).map((n) => `tag:t${n}`),
      fc.nat(30).map((n) => `title:w${n}`),
      fc.nat(30).map((n) => `"a ${n}"`),
      fc.nat(40).map((n) => `year:${1990 + n}`),
      fc.constantFrom("(", ")", "|", "-(", "OR"),
    );
    fc.assert(
      fc.property(fc.array(term, { maxLength: 700, size: "max" }), (terms) => {
        const text = `|${terms.join(" ")} | x`;
        const { prefixes, phrases, terms: others } = searchWork(text);
        expect(prefixes).toBeLessThanOrEqual(MOST_TERMS.prefixes);
        expect(phrases).toBeLessThanOrEqual(MOST_TERMS.phrases);
        expect(others).toBeLessThanOrEqual(
          MOST_PLAIN_WORDS + MOST_TERMS.fields + MOST_TERMS.names + MOST_TERMS.years,
        );
        const { root, interpretedAs } = parseQuery(text);
        // Without an OR, a long text has no operators: then it would be another one.
        fc.pre(/\bOR\b/.test(interpretedAs));
        expect(parseQuery(interpretedAs).root).toEqual(root);
      }),
      { numRuns: 100 },
    );
  });
});
