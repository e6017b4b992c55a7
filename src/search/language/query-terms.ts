import type { Field, TermNode } from "./query-ast.js";
import type { LexemePlace, Lexemes } from "../compile/lexemes.js";

/** The texts of a paper that are searched. */
export type PaperField = "title" | "tags" | "organisations" | "authors" | "abstract";

/** One word of a term: any of the lexemes, `gap` places behind the word before it. */
export interface WordPattern {
  gap: number;
  lexemes: readonly string[];
  /** Beginnings of lexemes that count as well. */
  prefixes: readonly string[];
}

/** Words that must stand one behind the other in one of these fields. */
export interface FieldPattern {
  fields: readonly PaperField[];
  words: readonly WordPattern[];
}

/** What a term of the query means in the index: any of the patterns. None: the term has no lexeme there. */
export type TermPatterns = readonly FieldPattern[];

const STEMMED: Record<Exclude<Field, "author">, readonly PaperField[]> = {
  any: ["title", "tags", "organisations", "abstract"],
  title: ["title"],
  abstract: ["abstract"],
  org: ["organisations"],
  tag: ["tags"],
};

/** A prefix of one plain letter or digit would read a good part of the index. */
const SHORTEST_PREFIX = 2;

/** @returns whether the term's `*` is honoured. */
export function isPrefix(node: TermNode, { names }: Lexemes): boolean {
  const last = names.at(-1)?.lexemes[0] ?? "";
  return node.prefix && (last.length >= SHORTEST_PREFIX || /[^\p{ASCII}]/u.test(last));
}

/**
 * A term without a field is looked for in each field by itself, as a phrase must not begin in one and end in another;
 * authors' names are words of their own that are never stemmed.
 */
function patternsOf(node: TermNode, lexemes: Lexemes, stopWords: "skipped" | "names"): TermPatterns {
  const names = patternOf(["authors"], lexemes.names, node, lexemes);
  if (node.field === "author") return names;
  const stemmed = isPrefix(node, lexemes) ? withPrefixPlace(lexemes) : lexemes.stems;
  const patterns = patternOf(STEMMED[node.field], stemmed, node, lexemes);
  if (node.field !== "any") return patterns;
  return patterns.length || stopWords === "names" ? [...patterns, ...names] : [];
}

/**
 * A phrase is one unit and a word is each of the words that the index makes of it: "GPT-4" is what "gpt 4" is, and only
 * quotation marks ask for them one behind the other.
 * @returns what must be found, each by itself; none when all of it is left out.
 */
export function unitsOf(node: TermNode, lexemes: Lexemes, stopWords: "skipped" | "names"): TermPatterns[] {
  const places = lexemes.names;
  const units =
    node.kind === "phrase" || places.length < 2
      ? [patternsOf(node, lexemes, stopWords)]
      : places.map((place, index) => {
          const last = index === places.length - 1;
          const prefix = node.prefix && last;
          const stems = lexemes.stems.filter(({ at }) => at === place.at);
          return patternsOf({ ...node, prefix }, { ...lexemes, stems, names: [place] }, stopWords);
        });
  return units.filter(({ length }) => length);
}

/** The word behind a `*` may be a stop word as it stands ("the*" for theory), so its place is taken from the names. */
function withPrefixPlace({ stems, names }: Lexemes): readonly LexemePlace[] {
  const last = names.at(-1);
  return last && stems.at(-1)?.at !== last.at ? [...stems, { at: last.at, lexemes: [] }] : stems;
}

function patternOf(
  fields: readonly PaperField[],
  places: readonly LexemePlace[],
  node: TermNode,
  lexemes: Lexemes,
): FieldPattern[] {
  const words = places.map((place, index): WordPattern => {
    const gap = place.at - (places[index - 1]?.at ?? place.at);
    if (!isPrefix(node, lexemes) || index < places.length - 1)
      return { gap, lexemes: place.lexemes, prefixes: [] };
    const stemmed = fields[0] !== "authors";
    return {
      gap,
      lexemes: stemmed ? lexemes.completions : [],
      prefixes: lexemes.names.at(-1)?.lexemes ?? [],
    };
  });
  return words.length ? [{ fields, words }] : [];
}
