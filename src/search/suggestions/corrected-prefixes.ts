import sql, { type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import type { Prefixes } from "./completions.js";
import { oneTypoFrom } from "./typos.js";

/** Shorter words are too near to too many others; longer ones are no words. */
const SHORTEST_WORD = 4;
const LONGEST_WORD = 24;
/** The last words of what was typed are looked at, so many. */
const MAX_WORDS = 4;
/** A word with as many uses was meant as it was typed. */
const WELL_KNOWN = 20;
/** How much commoner than what was typed another word must be. */
const COMMONER = 10;
/** Slips at the first letter are rarer by about this factor. */
const FIRST_LETTER = 10;
/** Words that are read for each beginning, to know how common it is. */
const READ = 50;

interface TypedWord {
  word: string;
  /** Where it begins in the text. */
  place: number;
  isLast: boolean;
}

/** The commonest word that is `word`, or begins so if `isPrefix`, among the first ones of these. */
function commonest(word: Sql, isPrefix: Sql): Sql {
  return sql`
    SELECT word AS known, uses FROM (
      SELECT word, uses FROM search_words known
      WHERE known.word >= ${word} AND known.word < ${word} || CASE WHEN ${isPrefix} THEN U&'\\+10FFFF' ELSE ' ' END
      ORDER BY known.word LIMIT ${READ}) AS first_words
    ORDER BY uses DESC, word LIMIT 1`;
}

/**
 * What was perhaps meant to be typed: the same with another beginning for the last word, or another word for one of
 * those before, that one slip of the hand makes of it and that is far commoner. The likeliest first, at most two.
 */
export async function correctedPrefixes(db: Database, prefix: string): Promise<Prefixes | null> {
  const typed = plainText(prefix);
  const asked = wordsOf(typed);
  if (!asked.length) return null;
  const known = await db.query<{ uses: number }>(
    "search.typedWords",
    sql`SELECT coalesce(uses, 0) AS uses
        FROM unnest(${asked.map(({ word }) => word)}::text[], ${asked.map(({ isLast }) => isLast)}::boolean[])
          WITH ORDINALITY AS typed(word, is_prefix, n)
        LEFT JOIN LATERAL (${commonest(sql`typed.word`, sql`typed.is_prefix`)}) AS best ON true ORDER BY n`,
    { prepared: "label" },
  );
  const doubtful = asked
    .map((word, index) => ({ ...word, uses: known[index]?.uses ?? 0 }))
    .filter(({ uses }) => uses < WELL_KNOWN);
  if (!doubtful.length) return null;
  const rows = await db.query<{ word: string; n: number }>(
    "search.correctedPrefixes",
    // Of several that begin the same word, the one that says most of it.
    sql`SELECT word, n FROM (
          SELECT DISTINCT ON (n, known) variant.word, n::integer, uses_of_typed, left(typed.word, 1) AS first_letter, best.uses
          FROM unnest(${doubtful.map(({ word }) => word)}::text[], ${doubtful.map(({ isLast }) => isLast)}::boolean[],
                      ${doubtful.map(({ uses }) => uses)}::integer[], ${doubtful.map(({ word }) => oneTypoFrom(word).join(" "))}::text[])
            WITH ORDINALITY AS typed(word, is_prefix, uses_of_typed, variants, n)
          CROSS JOIN LATERAL string_to_table(variants, ' ') AS variant(word)
          CROSS JOIN LATERAL (${commonest(sql`variant.word`, sql`typed.is_prefix`)}) AS best
          WHERE best.uses > ${COMMONER} * uses_of_typed
          ORDER BY n, known, length(variant.word) DESC, variant.word) AS found
        ORDER BY uses / CASE WHEN left(word, 1) = first_letter THEN 1.0 ELSE ${FIRST_LETTER} END DESC, word LIMIT 2`,
    { prepared: "label" },
  );
  const [first, second] = rows.map(({ word, n }) => replaced(typed, doubtful[n - 1], word));
  return first === undefined ? null : [first, second];
}

function replaced(text: string, typed: TypedWord | undefined, word: string): string {
  return typed ? text.slice(0, typed.place) + word + text.slice(typed.place + typed.word.length) : text;
}

/** Lower case without accents, as search_words has its words. */
function plainText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}

/** The words that may be wrong; the last one, unless something stands behind it, is the beginning of one. */
function wordsOf(text: string): TypedWord[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)]
    .map(({ 0: word, index: place }) => ({ word, place, isLast: place + word.length === text.length }))
    .filter(({ word }) => word.length >= SHORTEST_WORD && word.length <= LONGEST_WORD)
    .slice(-MAX_WORDS);
}
