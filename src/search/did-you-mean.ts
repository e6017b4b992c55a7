import sql from "sql-template-tag";
import type { Database } from "../database/database.js";
import type { CompiledSearch } from "./compile-search.js";
import { editDistance } from "./edit-distance.js";
import { queryText, termsOf, type QueryNode, type TermNode } from "./query-ast.js";

/** A search that finds as many papers was most likely meant as it was typed. */
const ENOUGH_PAPERS = 3;
/** Words that are looked at; each costs a walk over the trigram index. */
const MAX_WORDS = 8;
/** Shorter words are too near to too many others. */
const SHORTEST_WORD = 4;
/** From this length on two letters may be wrong, below it one. */
const LONG_WORD = 6;
/** How much commoner than the typed word another must be. */
const COMMONER = 10;
/** Words near the typed one that are compared letter by letter. */
const CANDIDATES = 30;

const WORD = /[\p{L}\p{M}]+/gu;

interface NearWord {
  typed: string;
  /** The typed word as search_words has it. */
  key: string;
  word: string;
  uses: number;
  /** Then both find the same papers: its uses are the typed word's own. */
  sameStem: boolean;
}

/**
 * What was perhaps meant, when few papers match: each plain word that hardly any title, tag, organisation or author has
 * is replaced by the nearest one that many do. Phrases, prefixes and exclusions were typed with care and stay.
 * @returns the corrected search with its operators kept, or null.
 */
export async function didYouMean(
  db: Database,
  { root }: Pick<CompiledSearch, "root">,
  papers: number,
): Promise<string | null> {
  if (papers >= ENOUGH_PAPERS || !root) return null;
  const words = termsOf(root, false)
    .filter(isPlainWord)
    .flatMap(({ text }) => text.match(WORD) ?? []);
  const asked = [...new Set(words)].filter(({ length }) => length >= SHORTEST_WORD).slice(0, MAX_WORDS);
  if (!asked.length) return null;
  const corrections = nearest(await wordsNear(db, asked));
  return corrections.size ? queryText(corrected(root, corrections)) : null;
}

/** Names of organisations and tags are not corrected: they are matched as they are, and a warning says if none is. */
function isPlainWord({ kind, field, prefix }: TermNode): boolean {
  return kind === "word" && !prefix && field !== "org" && field !== "tag";
}

function wordsNear(db: Database, words: readonly string[]): Promise<NearWord[]> {
  return db.query<NearWord>(
    "search.didYouMean",
    sql`SELECT asked.word AS typed, asked.key, near.word, near.uses,
               to_tsvector('papergraph', near.word) = asked.stem AS "sameStem"
        FROM (SELECT word, name_key(word) AS key, to_tsvector('papergraph', word) AS stem
              FROM unnest(${words}::text[]) AS given(word)) asked
        CROSS JOIN LATERAL (
          SELECT word, uses FROM search_words w
          WHERE w.word % asked.key
            AND w.uses > ${COMMONER} * coalesce((SELECT uses FROM search_words own WHERE own.word = asked.key), 0)
            AND length(w.word) BETWEEN length(asked.key) - 2 AND length(asked.key) + 2
          ORDER BY similarity(w.word, asked.key) DESC, uses DESC, word LIMIT ${CANDIDATES}) near`,
    { prepared: true },
  );
}

function nearest(candidates: readonly NearWord[]): Map<string, string> {
  const own = new Map<string, number>();
  for (const { typed, uses, sameStem } of candidates) {
    if (sameStem) own.set(typed, Math.max(uses, own.get(typed) ?? 0));
  }
  const best = new Map<string, { word: string; value: number }>();
  for (const candidate of candidates) {
    const { typed, word, uses, sameStem } = candidate;
    if (sameStem || uses <= COMMONER * (own.get(typed) ?? 0)) continue;
    const value = nearness(candidate);
    if (value > (best.get(typed)?.value ?? -Infinity)) best.set(typed, { word, value });
  }
  return new Map([...best].map(([typed, { word }]) => [typed, word]));
}

/** A wrong letter weighs as much as a hundredfold use: the nearest word that anybody uses, not the nearest of all. */
function nearness({ key, word, uses }: NearWord): number {
  const distance = editDistance(key, word);
  return distance > (key.length < LONG_WORD ? 1 : 2) ? -Infinity : Math.log10(1 + uses) - 2 * distance;
}

function corrected(node: QueryNode, corrections: ReadonlyMap<string, string>): QueryNode {
  switch (node.kind) {
    case "word":
      return isPlainWord(node)
        ? { ...node, text: node.text.replace(WORD, (word) => corrections.get(word) ?? word) }
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
