import type { Database } from "../database/database.js";
import { bestWindow, type Match } from "./highlight-window.js";
import { firstLetter, wordsOf, type TextWord } from "./highlight-words.js";
import { lexemesOf, type LexemePlace } from "./lexemes.js";
import type { PaperField, TermPatterns, WordPattern } from "./query-terms.js";

/** Where a search was found in a paper, without any markup. */
export interface Highlight {
  field: PaperField;
  /** A whole title or name; a window of the abstract. */
  fragment: string;
  /** Unicode code points of the fragment, end exclusive, in order, not overlapping. */
  ranges: { start: number; end: number }[];
}

export interface HighlightedTexts {
  title: string;
  abstract: string | null;
  authors: readonly string[];
  tags: readonly string[];
  organisations: readonly string[];
}

/** UTF-16 units of an abstract's fragment at most: about two lines and a half. */
const FRAGMENT_SIZE = 240;

const FIELDS: readonly PaperField[] = ["title", "authors", "organisations", "tags", "abstract"];

/**
 * Finds the compiled search's terms in papers' texts. ts_headline would do that in the database, parsing every abstract
 * for milliseconds; here words are compared by the lexemes that Postgres gave for them once, so that a warm server
 * asks for none and a cold one for all in one statement.
 * @returns for each paper the fields in which something was found.
 */
export async function highlightPapers(
  db: Database,
  terms: readonly TermPatterns[],
  papers: readonly HighlightedTexts[],
): Promise<Highlight[][]> {
  const sought = new Map(FIELDS.map((field) => [field, patternsIn(terms, field)]));
  const letters = firstLetters(terms);
  const texts = papers.map((paper) =>
    FIELDS.flatMap((field) => {
      const patterns = sought.get(field);
      if (!patterns?.length) return [];
      return textsOf(paper, field).map((text) => ({ field, text, patterns, words: wordsOf(text, letters) }));
    }),
  );
  const keys = new Set(texts.flat().flatMap(({ words }) => words.flatMap(({ key }) => key ?? [])));
  const lexemes = await lexemesOfWords(db, keys);
  return texts.map((ofPaper) =>
    ofPaper.flatMap((text) => {
      const matches = matchesIn(text, lexemes);
      return matches.length ? [highlight(text, matches)] : [];
    }),
  );
}

interface SoughtPattern {
  term: number;
  words: readonly WordPattern[];
}

interface SearchedText {
  field: PaperField;
  text: string;
  patterns: readonly SoughtPattern[];
  words: readonly TextWord[];
}

function patternsIn(terms: readonly TermPatterns[], field: PaperField): SoughtPattern[] {
  return terms.flatMap((patterns, term) =>
    patterns.filter(({ fields }) => fields.includes(field)).map(({ words }) => ({ term, words })),
  );
}

function firstLetters(terms: readonly TermPatterns[]): Set<string> {
  const words = terms.flat().flatMap(({ words: patterns }) => patterns);
  // "" stands for letters of which only Postgres knows what they become.
  return new Set([
    "",
    ...words.flatMap(({ lexemes, prefixes }) => [...lexemes, ...prefixes].map(firstLetter)),
  ]);
}

function textsOf(paper: HighlightedTexts, field: PaperField): readonly string[] {
  if (field === "title") return [paper.title];
  if (field === "abstract") return paper.abstract ? [paper.abstract] : [];
  return paper[field];
}

/** Each word's lexemes under both configurations. */
type WordLexemes = ReadonlyMap<string, { stems: readonly string[]; names: readonly string[] }>;

async function lexemesOfWords(db: Database, keys: ReadonlySet<string>): Promise<WordLexemes> {
  const requests = [...keys].map((text) => ({ text, prefix: false }));
  const lexemes = await lexemesOf(db, requests);
  const flat = (places: readonly LexemePlace[]) => places.flatMap((place) => place.lexemes);
  return new Map(
    requests.map((request) => {
      const { stems, names } = lexemes(request);
      return [request.text, { stems: flat(stems), names: flat(names) }];
    }),
  );
}

/** @returns the matched words in order, each once. */
function matchesIn({ field, words, patterns }: SearchedText, lexemes: WordLexemes): Match[] {
  const matched = new Map<TextWord, number>();
  for (const { term, words: sequence } of patterns) {
    for (const word of words) {
      for (const found of sequenceAt(word, words, sequence, field, lexemes)) {
        if (!matched.has(found)) matched.set(found, term);
      }
    }
  }
  return [...matched]
    .map(([{ start, end }, term]) => ({ start, end, term }))
    .sort((a, b) => a.start - b.start);
}

/** @returns the words of the text that are the sequence when it begins with `first`; none when it does not. */
function sequenceAt(
  first: TextWord,
  words: readonly TextWord[],
  sequence: readonly WordPattern[],
  field: PaperField,
  lexemes: WordLexemes,
): TextWord[] {
  const found: TextWord[] = [];
  let place = first.place;
  for (const [index, pattern] of sequence.entries()) {
    if (index) place += pattern.gap;
    const word = words[place];
    if (!word?.key || !matches(pattern, word.key, field, lexemes)) return [];
    found.push(word);
  }
  return found;
}

function matches(pattern: WordPattern, key: string, field: PaperField, lexemes: WordLexemes): boolean {
  const found = lexemes.get(key)?.[field === "authors" ? "names" : "stems"] ?? [];
  return found.some(
    (lexeme) =>
      pattern.lexemes.includes(lexeme) || pattern.prefixes.some((prefix) => lexeme.startsWith(prefix)),
  );
}

function highlight({ field, text }: SearchedText, matches: readonly Match[]): Highlight {
  const window =
    field === "abstract" ? bestWindow(text, matches, FRAGMENT_SIZE) : { start: 0, end: text.length };
  const inside = matches.filter(({ start, end }) => start >= window.start && end <= window.end);
  const codePoint = codePointCounter(text, window.start);
  const ranges = inside.map(({ start, end }) => ({ start: codePoint(start), end: codePoint(end) }));
  return { field, fragment: text.slice(window.start, window.end), ranges };
}

/** @returns a function that tells UTF-16 offsets, asked in rising order, as code points from `origin`. */
function codePointCounter(text: string, origin: number): (offset: number) => number {
  let at = origin;
  let count = 0;
  return (offset) => {
    for (; at < offset; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    return count;
  };
}
