import fc from "fast-check";
import { expect, it } from "vitest";
import { Matcher } from "../../src/search/highlights/matcher.js";
import type { TextWord } from "../../src/search/highlights/highlight-words.js";
import type { TermPatterns, WordPattern } from "../../src/search/language/query-terms.js";

const lexeme = fc.constantFrom("a", "b", "ab", "abc", "c");
const wordPattern = fc.record({
  gap: fc.integer({ min: 1, max: 3 }),
  lexemes: fc.array(lexeme, { maxLength: 2 }),
  prefixes: fc.array(lexeme, { maxLength: 1 }),
});
const term: fc.Arbitrary<TermPatterns> = fc.array(
  fc.record({
    fields: fc.constantFrom<("title" | "abstract")[]>(["title"], ["abstract"], ["title", "abstract"]),
    words: fc.array(wordPattern, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 2 },
);
const text = fc.array(fc.option(lexeme), { maxLength: 30 });

it("finds what comparing each term with each word finds", () => {
  fc.assert(
    fc.property(fc.array(term, { maxLength: 8 }), text, (terms, keys) => {
      const words = keys.map((key, place): TextWord => ({
        key,
        place,
        start: place * 2,
        end: place * 2 + 1,
      }));
      const found = new Matcher(terms, "title", (key) => [key]).matchesIn(words);
      expect(found).toEqual(byComparison(terms, words));
    }),
    { numRuns: 2_000 },
  );
});

function byComparison(terms: readonly TermPatterns[], words: readonly TextWord[]): unknown[] {
  const matched = new Map<TextWord, number>();
  for (const [number, patterns] of terms.entries()) {
    for (const pattern of patterns.filter(({ fields }) => fields.includes("title"))) {
      for (const { place } of words) {
        for (const word of sequenceAt(place, words, pattern.words))
          if (!matched.has(word)) matched.set(word, number);
      }
    }
  }
  return words.flatMap((word) => {
    const found = matched.get(word);
    return found === undefined ? [] : [{ start: word.start, end: word.end, term: found }];
  });
}

function sequenceAt(first: number, words: readonly TextWord[], patterns: readonly WordPattern[]): TextWord[] {
  let place = first;
  const found: TextWord[] = [];
  for (const [index, { gap, lexemes, prefixes }] of patterns.entries()) {
    if (index) place += gap;
    const word = words[place];
    const key = word?.key;
    if (!word || !key || !(lexemes.includes(key) || prefixes.some((prefix) => key.startsWith(prefix))))
      return [];
    found.push(word);
  }
  return found;
}
