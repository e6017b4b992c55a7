import { group, isNamed, queryText, signed, type QueryNode, type TermNode } from "../language/query-ast.js";

/*
 * Bounds what one search can ask of the database. Each kind of term has a number of its own, as their costs differ by
 * orders of magnitude. What is above a bound is left out, and a warning says so: a search is never an error.
 */

/** Different terms of each kind that a search may have. */
export const MOST_TERMS = {
  /** Plain words that are looked up; the rarest of them are searched for, see `MOST_PLAIN_WORDS`. */
  words: 256,
  /** Words of title:, abstract: and author:. */
  fields: 16,
  /** Words of terms with an open end: each reads a range of the index. */
  prefixes: 8,
  /** Each is compared word by word with every paper that has its words. */
  phrases: 8,
  /** org: and tag:, each of which is compared with all names. */
  names: 8,
  years: 16,
} as const;

/** Plain words that are searched for after stop words are left out: the rarest say most. */
export const MOST_PLAIN_WORDS = 64;

/** Words of one phrase, and words that punctuation joins to one (`a-b-c`). */
const MOST_WORDS_OF_TERM = 32;
/** Terms that stand there again: each weighs more. Within brackets they can stand in as many different groups. */
const MOST_REPEATED = 1_000;
const MOST_REPEATED_IN_GROUPS = 64;

type Kind = keyof typeof MOST_TERMS;

const LEFT_OUT: Record<Kind, string> = {
  words: "different words",
  fields: "words of title:, abstract: and author:",
  prefixes: "words with “*”",
  phrases: "phrases",
  names: "names of org: and tag:",
  years: "years or ranges of years",
};

/** What is left of a search within the bounds. */
interface Budget {
  seen: Set<string>;
  used: Record<Kind, number>;
  repeated: number;
  repeatedInGroups: number;
  warn: (warning: string) => void;
}

/** @returns the tree within the bounds, terms in the order in which they were typed; bounding it again changes nothing. */
export function boundQuery(root: QueryNode | null, warn: (warning: string) => void): QueryNode | null {
  const used = { words: 0, fields: 0, prefixes: 0, phrases: 0, names: 0, years: 0 };
  return root && bounded(root, { seen: new Set(), used, repeated: 0, repeatedInGroups: 0, warn }, 0);
}

function bounded(node: QueryNode, budget: Budget, depth: number): QueryNode | null {
  switch (node.kind) {
    case "and":
    case "or": {
      const children = node.children.flatMap((child) => bounded(child, budget, depth + 1) ?? []);
      return withoutRepetitions(group(node.kind, children));
    }
    case "not":
    case "required": {
      const child = bounded(node.child, budget, depth + 1);
      return child && signed(node.kind, child);
    }
    case "year":
      return isWithin(queryText(node), "years", 1, depth, budget) ? node : null;
    case "word":
    case "phrase": {
      const term = cut(node, budget.warn);
      return isWithin(queryText(term), kindOf(term), sizeOf(term), depth, budget) ? term : null;
    }
  }
}

/** A word or phrase that stands there twice weighs more; of anything else the second says nothing new. */
function withoutRepetitions(node: QueryNode | null): QueryNode | null {
  if (node?.kind !== "and" && node?.kind !== "or") return node;
  const seen = new Set<string>();
  const children = node.children.filter(
    (child) => isWeighed(child) || seen.size < seen.add(queryText(child)).size,
  );
  return children.length < node.children.length ? group(node.kind, children) : node;
}

function isWeighed(node: QueryNode): boolean {
  return (node.kind === "word" || node.kind === "phrase") && !isNamed(node);
}

function isWithin(key: string, kind: Kind, size: number, depth: number, budget: Budget): boolean {
  if (budget.seen.has(key)) {
    const fits =
      depth < 2 ? budget.repeated++ < MOST_REPEATED : budget.repeatedInGroups++ < MOST_REPEATED_IN_GROUPS;
    if (!fits) budget.warn("This search says the same very often; not all of the repetitions were read.");
    return fits;
  }
  if (budget.used[kind] + size > MOST_TERMS[kind]) {
    budget.warn(`This search has many ${LEFT_OUT[kind]}: the first ${MOST_TERMS[kind]} were read.`);
    return false;
  }
  budget.used[kind] += size;
  budget.seen.add(key);
  return true;
}

function kindOf(node: TermNode): Kind {
  if (isNamed(node)) return "names";
  if (node.prefix) return "prefixes";
  if (node.kind === "phrase") return "phrases";
  return node.field === "any" ? "words" : "fields";
}

/** The index makes a word of each of these; a dot or an @ may keep two together, so there are no more. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** A word with hyphens is as many words; a phrase is one, however long. */
function sizeOf({ kind, text }: TermNode): number {
  return kind === "phrase" ? 1 : Math.max(1, text.match(WORD)?.length ?? 0);
}

function cut(node: TermNode, warn: (warning: string) => void): TermNode {
  // A word takes a letter and a sign behind it, so shorter texts hold no more words.
  if (node.text.length < MOST_WORDS_OF_TERM * 2) return node;
  let count = 0;
  let end = 0;
  for (const { index, 0: word } of node.text.matchAll(WORD)) {
    if (count++ === MOST_WORDS_OF_TERM) {
      warn(`Of a phrase, or of words joined by hyphens, the first ${MOST_WORDS_OF_TERM} words were read.`);
      return { ...node, text: node.text.slice(0, end), prefix: false };
    }
    end = index + word.length;
  }
  return node;
}
