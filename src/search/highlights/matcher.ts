import type { PaperField, TermPatterns, WordPattern } from "../language/query-terms.js";
import type { Match } from "./highlight-window.js";
import type { TextWord } from "./highlight-words.js";

/** The lexemes of a word, by its key, under the configuration of the field. */
export type LexemesOfWord = (key: string) => readonly string[];

/** Words that must stand one behind the other, and the number of the term that asks for them. */
interface Sequence {
  term: number;
  words: readonly WordPattern[];
}

/** A word of a sequence, as one number: which sequence, and which of its words. */
interface SequenceWord {
  sequence: number;
  index: number;
}

/**
 * Finds the terms of a search in the words of a field. The words of all terms are looked up by lexeme, and what a word of
 * a text matches is remembered: a text costs a look-up for each of its words, however many terms there are.
 */
export class Matcher {
  private readonly sequences: Sequence[];
  private readonly byLexeme = new Map<string, SequenceWord[]>();
  private readonly byPrefix = new Map<string, SequenceWord[]>();
  private readonly known = new Map<string, WordMatches>();

  constructor(
    terms: readonly TermPatterns[],
    field: PaperField,
    private readonly lexemesOf: LexemesOfWord,
  ) {
    this.sequences = sequencesIn(terms, field);
    for (const [sequence, { words }] of this.sequences.entries()) {
      for (const [index, { lexemes, prefixes }] of words.entries()) {
        for (const lexeme of lexemes) append(this.byLexeme, lexeme, { sequence, index });
        for (const prefix of prefixes) append(this.byPrefix, prefix, { sequence, index });
      }
    }
  }

  /** @returns the matched words in order, each once, with the first term that matches it. */
  matchesIn(words: readonly TextWord[]): Match[] {
    const matched = new Map<number, number>();
    for (const { key, place } of words) {
      if (key === null) continue;
      for (const sequence of this.matchesOf(key).beginnings) {
        for (const found of this.placesOf(sequence, place, words)) {
          if (sequence < (matched.get(found) ?? Infinity)) matched.set(found, sequence);
        }
      }
    }
    return [...matched]
      .sort(([a], [b]) => a - b)
      .flatMap(([place, sequence]) => {
        const word = words[place];
        const term = this.sequences[sequence]?.term;
        return word && term !== undefined ? [{ start: word.start, end: word.end, term }] : [];
      });
  }

  /** @returns the places of the words that are the sequence when it begins at `first`; none when they are not. */
  private placesOf(sequence: number, first: number, words: readonly TextWord[]): number[] {
    const patterns = this.sequences[sequence]?.words ?? [];
    const places = [first];
    let place = first;
    for (let index = 1; index < patterns.length; index++) {
      place += patterns[index]?.gap ?? 1;
      const key = words[place]?.key;
      if (!key || !this.matchesOf(key).words.has(wordNumber({ sequence, index }))) return [];
      places.push(place);
    }
    return places;
  }

  private matchesOf(key: string): WordMatches {
    let matches = this.known.get(key);
    if (!matches) this.known.set(key, (matches = this.match(key)));
    return matches;
  }

  private match(key: string): WordMatches {
    const found = this.lexemesOf(key).flatMap((lexeme) => [
      ...(this.byLexeme.get(lexeme) ?? []),
      ...[...this.byPrefix].flatMap(([prefix, words]) => (lexeme.startsWith(prefix) ? words : [])),
    ]);
    const beginnings = new Set(found.flatMap(({ index, sequence }) => (index ? [] : sequence)));
    return { beginnings: [...beginnings], words: new Set(found.map(wordNumber)) };
  }
}

/** What a word of a text is a match for. */
interface WordMatches {
  /** The sequences of which it can be the first word. */
  beginnings: readonly number[];
  /** Words of sequences, as `wordNumber` has them. */
  words: ReadonlySet<number>;
}

/** More words than a sequence has. */
const SEQUENCE_SIZE = 10_000;

function wordNumber({ sequence, index }: SequenceWord): number {
  return sequence * SEQUENCE_SIZE + index;
}

function append(words: Map<string, SequenceWord[]>, key: string, word: SequenceWord): void {
  const known = words.get(key);
  if (known) known.push(word);
  else words.set(key, [word]);
}

/** Each once: of terms that are the same, the first one is shown. */
function sequencesIn(terms: readonly TermPatterns[], field: PaperField): Sequence[] {
  const different = new Map<string, Sequence>();
  for (const [term, patterns] of terms.entries()) {
    for (const { fields, words } of patterns) {
      if (!fields.includes(field)) continue;
      const key = JSON.stringify(words);
      if (!different.has(key)) different.set(key, { term, words });
    }
  }
  return [...different.values()];
}
