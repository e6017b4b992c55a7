/** A word of a text as Postgres' default parser finds it once search_text has turned hyphens and slashes into spaces. */
export interface TextWord {
  /** UTF-16 offsets, end exclusive. */
  start: number;
  end: number;
  /** Its number among the words of the text. */
  place: number;
  /** What its lexemes are asked for with; null when its first letter is none of the letters looked for. */
  key: string | null;
}

/**
 * Letters, digits and the marks on them; a dot or an @ between two of them belongs to the word, as the parser takes
 * `3.5`, `cs.CV` and `a@b.org` for one.
 */
const WORD = /[\p{L}\p{Nd}][\p{L}\p{Nd}\p{M}]*(?:[.@][\p{L}\p{Nd}][\p{L}\p{Nd}\p{M}]*)*/gu;
/** search_text takes the s off these, so for them case matters. */
const ACRONYM_PLURAL = /^[A-Z][A-Za-z0-9]*[A-Z]s$/u;

/** The longest word that is looked at: Postgres does not index longer ones either (2,046 bytes). */
const LONGEST_WORD = 500;

/** @param letters the first letters, as `firstLetter` gives them, of what is looked for. */
export function wordsOf(text: string, letters: ReadonlySet<string>): TextWord[] {
  const words: TextWord[] = [];
  WORD.lastIndex = 0;
  for (let match = WORD.exec(text); match; match = WORD.exec(text)) {
    const [word] = match;
    const wanted = letters.has(firstLetter(word)) && word.length <= LONGEST_WORD;
    const key = wanted ? (ACRONYM_PLURAL.test(word) ? word : word.toLowerCase()) : null;
    words.push({ start: match.index, end: match.index + word.length, place: words.length, key });
  }
  return words;
}

/**
 * @returns the first letter in lower case without accents; one sign for all letters that have no ASCII letter under
 * their accents, as Postgres may turn those into others (ø into o, ß into ss).
 */
export function firstLetter(word: string): string {
  const letter = word.charAt(0);
  if (letter <= "\x7f") return letter.toLowerCase();
  const base = letter.normalize("NFKD").charAt(0);
  return base <= "\x7f" ? base.toLowerCase() : "";
}
