import type { Database } from "../../platform/database/database.js";
import type { RequestWork } from "../../platform/work/request-work.js";
import { lexemesOf, type LexemePlace } from "../compile/lexemes.js";
import type { PaperField, TermPatterns } from "../language/query-terms.js";
import { bestWindow, type Match } from "./highlight-window.js";
import { firstLetter, wordsOf, type TextWord } from "./highlight-words.js";
import { Matcher } from "./matcher.js";

/** Where a search was found in a paper, without any markup. */
export interface Highlight {
  field: PaperField;
  /** A whole title or name; a window of the abstract. */
  fragment: string;
  /** Whether the text goes on in front of the fragment, and behind it. */
  startsInside: boolean;
  endsInside: boolean;
  /** In order, not overlapping. */
  ranges: HighlightRange[];
}

/** A part of the fragment, end exclusive: in Unicode code points and in UTF-16 units. */
export interface HighlightRange {
  start: number;
  end: number;
  startUtf16: number;
  endUtf16: number;
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
/** UTF-16 units of one text that are searched, and of all the texts of a paper: several times what papers have. */
const MAX_TEXT = 20_000;
const MAX_TEXTS = 60_000;
/** Highlights of one paper, and different words that are compared for one search. */
const MAX_HIGHLIGHTS = 100;
const MAX_WORDS = 20_000;

const FIELDS: readonly PaperField[] = ["title", "authors", "organisations", "tags", "abstract"];

/**
 * Finds the compiled search's terms in papers' texts. ts_headline would do that in the database, parsing every abstract
 * for milliseconds; here words are compared by the lexemes that Postgres gave for them once, so that a warm server
 * asks for none and a cold one for all in a few statements.
 * @param work gives the event loop to others between papers.
 * @returns for each paper the fields in which something was found.
 */
export async function highlightPapers(
  db: Database,
  terms: readonly TermPatterns[],
  papers: readonly HighlightedTexts[],
  work: RequestWork | null = null,
): Promise<Highlight[][]> {
  const fields = FIELDS.filter((field) =>
    terms.some((patterns) => patterns.some((pattern) => pattern.fields.includes(field))),
  );
  const letters = firstLetters(terms);
  const keys = new Set<string>();
  const texts: SearchedText[][] = [];
  for (const paper of papers) {
    texts.push(searchedTexts(paper, fields, letters, keys));
    await work?.yieldIfDue();
  }
  const lexemes = await lexemesOfWords(db, keys);
  const matchers = new Map(
    fields.map((field) => [field, new Matcher(terms, field, (key) => lexemes(key, field))]),
  );
  const highlights: Highlight[][] = [];
  for (const ofPaper of texts) {
    highlights.push(highlightsOf(ofPaper, matchers));
    await work?.yieldIfDue();
  }
  return highlights;
}

interface SearchedText {
  field: PaperField;
  text: string;
  words: readonly TextWord[];
}

/** Adds the keys of the texts' words to `keys`, as far as there is room. */
function searchedTexts(
  paper: HighlightedTexts,
  fields: readonly PaperField[],
  letters: ReadonlySet<string>,
  keys: Set<string>,
): SearchedText[] {
  const texts: SearchedText[] = [];
  let left = MAX_TEXTS;
  for (const field of fields) {
    for (const text of textsOf(paper, field)) {
      if (left <= 0) return texts;
      const words = wordsOf(text.slice(0, Math.min(left, MAX_TEXT)), letters);
      for (const { key } of words) if (key !== null && keys.size < MAX_WORDS) keys.add(key);
      texts.push({ field, text, words });
      left -= text.length;
    }
  }
  return texts;
}

function highlightsOf(
  texts: readonly SearchedText[],
  matchers: ReadonlyMap<PaperField, Matcher>,
): Highlight[] {
  const highlights: Highlight[] = [];
  for (const text of texts) {
    if (highlights.length === MAX_HIGHLIGHTS) break;
    const matches = matchers.get(text.field)?.matchesIn(text.words) ?? [];
    if (matches.length) highlights.push(highlight(text, matches));
  }
  return highlights;
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

/** @returns each word's lexemes under the field's configuration. */
async function lexemesOfWords(
  db: Database,
  keys: ReadonlySet<string>,
): Promise<(key: string, field: PaperField) => readonly string[]> {
  const lexemes = await lexemesOf(
    db,
    [...keys].map((text) => ({ text, prefix: false })),
  );
  const flat = (places: readonly LexemePlace[]) => places.flatMap((place) => place.lexemes);
  return (text, field) => {
    const { stems, names } = lexemes({ text, prefix: false });
    return flat(field === "authors" ? names : stems);
  };
}

function highlight({ field, text }: SearchedText, matches: readonly Match[]): Highlight {
  const window =
    field === "abstract" ? bestWindow(text, matches, FRAGMENT_SIZE) : { start: 0, end: text.length };
  const inside = matches.filter(({ start, end }) => start >= window.start && end <= window.end);
  const codePoint = codePointCounter(text, window.start);
  const ranges = inside.map(({ start, end }) => ({
    start: codePoint(start),
    end: codePoint(end),
    startUtf16: start - window.start,
    endUtf16: end - window.start,
  }));
  return {
    field,
    fragment: text.slice(window.start, window.end),
    startsInside: /\S/u.test(text.slice(0, window.start)),
    endsInside: /\S/u.test(text.slice(window.end)),
    ranges,
  };
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
