import { queryText, type QueryNode, type TermNode, type YearNode } from "../language/query-ast.js";
import { parseQuery } from "../language/query-language.js";
import { MOST_PLAIN_WORDS } from "./bound-query.js";

/** What a search makes the database do, known before any of it is done. */
export interface SearchWork {
  /** Words that are looked for, years and names of organisations and tags among them. */
  terms: number;
  /** Words with an open end, each a range of the index. */
  prefixes: number;
  phrases: number;
}

/**
 * Counts what a search is compiled to at most, each different term once. It needs no database: stop words are counted,
 * though they are left out. The parsed query is remembered, so compiling the same text does not parse it again.
 */
export function searchWork(text: string): SearchWork {
  const { root } = parseQuery(text);
  const work = { terms: 0, prefixes: 0, phrases: 0 };
  let plainWords = 0;
  for (const node of differentTerms(root)) {
    if (node.kind !== "year" && node.prefix) work.prefixes++;
    else if (node.kind === "phrase") work.phrases++;
    else if (node.kind === "word" && node.field === "any") plainWords++;
    else work.terms++;
  }
  return { ...work, terms: work.terms + Math.min(plainWords, MOST_PLAIN_WORDS) };
}

function differentTerms(root: QueryNode | null): Iterable<TermNode | YearNode> {
  const different = new Map<string, TermNode | YearNode>();
  const waiting = root ? [root] : [];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ("children" in node) waiting.push(...node.children);
    else if ("child" in node) waiting.push(node.child);
    else different.set(queryText(node), node);
  }
  return different.values();
}
