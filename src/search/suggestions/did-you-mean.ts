import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { compileSearch, type CompiledSearch } from "../compile/compile-search.js";
import { correctionsOf, type Corrections } from "./corrections.js";
import { queryText, termsOf, type QueryNode, type TermNode } from "../language/query-ast.js";

/** A search that finds a page of papers was most likely meant as it was typed. */
const ENOUGH_PAPERS = 20;
/** Words of a search that are looked at. */
const MAX_WORDS = 30;

/** Words with a digit in them are names of things: no other one is meant. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const DIGIT = /\p{N}/u;

/**
 * What was perhaps meant, when few papers match as it was typed: each plain word that hardly any paper has is replaced
 * by the nearest one that many titles, tags, organisations or authors have. Phrases, prefixes and exclusions were typed
 * with care and stay. A search of which words could be left out has few papers with all of its words.
 * @param countPapers how many match; only asked when it matters.
 * @returns the corrected search with its operators kept, which finds more, or null.
 */
export async function didYouMean(
  db: Database,
  { root, info }: Pick<CompiledSearch, "root" | "info">,
  countPapers: () => Promise<number>,
): Promise<string | null> {
  if (!root) return null;
  const typed = [...new Set(termsOf(root, false).filter(isPlainWord).flatMap(wordsOf))];
  if (!typed.length) return null;
  const corrections = await correctionsOf(db, typed.slice(0, MAX_WORDS));
  if (!corrections.size) return null;
  const papers = info.relaxed ? 0 : await countPapers();
  if (papers >= ENOUGH_PAPERS) return null;
  const meant = queryText(corrected(root, corrections));
  return surelyFinds(root, info.relaxed) || (await findsMoreThan(db, papers, meant)) ? meant : null;
}

/** Names of organisations and tags are not corrected: they are matched as they are, and a warning says if none is. */
function isPlainWord({ kind, field, prefix }: TermNode): boolean {
  return kind === "word" && !prefix && field !== "org" && field !== "tag";
}

function wordsOf({ text }: TermNode): string[] {
  return (text.match(WORD) ?? []).filter((word) => !DIGIT.test(word));
}

/** Words of titles and names are each in a paper; of several plain words, some may be missing. */
function surelyFinds(root: QueryNode, relaxed: boolean): boolean {
  const isPlain = (node: QueryNode) => node.kind === "word" && node.field === "any";
  if (root.kind === "and") return relaxed && root.children.every(isPlain);
  return root.kind === "word" && isPlain(root) && root.text.match(WORD)?.length === 1;
}

async function findsMoreThan(db: Database, papers: number, text: string): Promise<boolean> {
  const { condition } = await compileSearch(db, text);
  // Kept apart as MATERIALIZED: for a few rows the planner would hope to come across them and read the whole table.
  const row = await db.first<{ more: boolean }>(
    "search.findsMore",
    sql`WITH found AS MATERIALIZED (SELECT p.id FROM paper_matches p WHERE ${condition("p")})
        SELECT count(*) > ${papers} AS more FROM (SELECT FROM found LIMIT ${papers + 1}) AS first_ones`,
  );
  return row?.more === true;
}

function corrected(node: QueryNode, corrections: Corrections): QueryNode {
  switch (node.kind) {
    case "word":
      return isPlainWord(node)
        ? { ...node, text: node.text.replace(WORD, (word) => respelt(word, corrections)) }
        : node;
    case "required":
      return { ...node, child: corrected(node.child, corrections) };
    case "and":
    case "or":
      return { ...node, children: node.children.map((child) => corrected(child, corrections)) };
    case "phrase":
    case "year":
    case "not":
      return node;
  }
}

/** In capitals, or with a capital at the start, as it was typed. */
function respelt(typed: string, corrections: Corrections): string {
  const word = corrections.get(typed);
  if (word === undefined) return typed;
  if (typed === typed.toUpperCase()) return word.toUpperCase();
  const [first = ""] = typed;
  return first === first.toUpperCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word;
}
