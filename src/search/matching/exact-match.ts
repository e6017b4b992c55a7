import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import type { QueryNode, TermNode } from "../language/query-ast.js";
import type { TermPatterns, WordPattern } from "../language/query-terms.js";
import type { Meanings } from "../compile/search-condition.js";
import {
  paperFrequency,
  TOGETHERNESS,
  type LexemeStatistics,
  type SearchStatistics,
} from "../ranking/statistics.js";
import { allOf, termQuery } from "../compile/tsquery.js";

/** Longer texts are no titles, and each word costs time in every paper that is scored. */
const MOST_WORDS = 24;
/** Papers of the same title: reprints and the like. */
const MOST_SAME = 20;

/** What it is to have all of the words in a telling place, as tsqueries; null where that says nothing. */
export interface WholeMatch {
  /** All words in the title. */
  inTitle: string | null;
  /** The same for the index over titles alone, which knows no weights; null when too many titles have them. */
  titles: string | null;
  /** All words one behind the other, in the title or in the abstract. */
  inSequence: string | null;
}

/** Titles that are worth finding among so many matches that not all are ranked. */
const FEW_TITLES = 1_500;

/** Only for searches of plain words and phrases: signs, fields and alternatives say something else. */
export function wholeMatch(
  root: QueryNode | null,
  { units }: Meanings,
  statistics: SearchStatistics | null,
): WholeMatch {
  const nodes = root?.kind === "and" ? root.children : root ? [root] : [];
  const words = nodes.filter(isPlain).flatMap((node) => units.get(node) ?? []);
  if (!words.length || words.length > MOST_WORDS || !nodes.every(isPlain))
    return { inTitle: null, titles: null, inSequence: null };
  const inTitle = words.map((patterns) => inFields(patterns, ["title"]));
  const everywhere = inTitle.every((patterns) => patterns.length);
  const sequence = sequenceOf(nodes, units);
  return {
    inTitle: everywhere ? allOf(inTitle.map(termQuery)) : null,
    titles:
      everywhere && statistics && titlesWith(inTitle, statistics.titles) <= FEW_TITLES
        ? allOf(inTitle.map((patterns) => termQuery(patterns.map(inEveryField))))
        : null,
    inSequence: sequence.length > 1 ? termQuery([{ fields: ["title", "abstract"], words: sequence }]) : null,
  };
}

function isPlain(node: QueryNode): node is TermNode {
  return (node.kind === "word" || node.kind === "phrase") && node.field === "any";
}

function inFields(patterns: TermPatterns, fields: TermPatterns[number]["fields"]): TermPatterns {
  return patterns.flatMap((pattern) =>
    fields.every((field) => pattern.fields.includes(field)) ? { ...pattern, fields } : [],
  );
}

function inEveryField(pattern: TermPatterns[number]): TermPatterns[number] {
  return { ...pattern, fields: ["title", "tags", "organisations", "authors", "abstract"] };
}

/** @returns how many titles are expected to have all of the words. */
function titlesWith(words: readonly TermPatterns[], titles: LexemeStatistics): number {
  const shares = words.map((patterns) => {
    const places = patterns.flatMap((pattern) => pattern.words);
    return Math.min(
      1,
      ...places.map(({ lexemes, prefixes }) => paperFrequency(titles, lexemes, prefixes) / titles.papers),
    );
  });
  const together = words.length > 1 ? TOGETHERNESS : 1;
  return together * shares.reduce((papers, share) => papers * share, titles.papers);
}

/** A stop word that was left out leaves its place. */
function sequenceOf(nodes: readonly TermNode[], units: Meanings["units"]): WordPattern[] {
  const words: WordPattern[] = [];
  let gap = 1;
  for (const node of nodes) {
    const found = (units.get(node) ?? []).map((patterns) => inFields(patterns, ["title", "abstract"])[0]);
    for (const pattern of found) {
      for (const [index, word] of (pattern?.words ?? []).entries())
        words.push(index ? word : { ...word, gap });
      gap = 1;
    }
    if (!found.length) gap++;
  }
  return words;
}

/** @returns the papers whose title the text is: case, accents, hyphens and white space do not matter. */
export async function papersTitled(db: Database, text: string): Promise<number[]> {
  const title = text.replace(/["\0]/g, "");
  const rows = await db.query<{ id: number }>(
    "search.papersTitled",
    sql`SELECT id FROM papers WHERE title_key = left(name_key(${title}), 200) ORDER BY id LIMIT ${MOST_SAME}`,
    { prepared: "label" },
  );
  return rows.map(({ id }) => id);
}
