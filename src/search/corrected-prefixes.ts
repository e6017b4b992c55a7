import sql from "sql-template-tag";
import type { Database } from "../database/database.js";
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

/** How often the commonest word that is `alias.word`, or begins so if `alias.is_prefix`, is used. */
const usesOf = (alias: "typed" | "variant") => {
  const [word, isPrefix] = alias === "typed" ? [sql`typed.word`, sql`typed.is_prefix`] : [sql`variant.word`, sql`variant.is_prefix`];
  return sql`
    SELECT max(uses) AS uses FROM (
      SELECT uses FROM search_words known
      WHERE known.word >= ${word} AND known.word < ${word} || CASE WHEN ${isPrefix} THEN U&'\\+10FFFF' ELSE ' ' END
      ORDER BY known.word LIMIT ${READ}) AS first_words`;
};

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
        CROSS JOIN LATERAL (${usesOf("typed")}) AS known ORDER BY n`,
    { prepared: true },
  );
  const doubtful = asked
    .map((word, index) => ({ ...word, uses: known[index]?.uses ?? 0 }))
    .filter(({ uses }) => uses < WELL_KNOWN);
  if (!doubtful.length) return null;
  const rows = await db.query<{ word: string; n: number }>(
    "search.correctedPrefixes",
    sql`SELECT variant.word, n::integer
        FROM unnest(${doubtful.map(({ word }) => word)}::text[], ${doubtful.map(({ isLast }) => isLast)}::boolean[],
                    ${doubtful.map(({ uses }) => uses)}::integer[], ${doubtful.map(({ word }) => oneTypoFrom(word).join(" "))}::text[])
          WITH ORDINALITY AS typed(word, is_prefix, uses, variants, n)
        CROSS JOIN LATERAL (SELECT word, typed.is_prefix FROM string_to_table(variants, ' ') AS word) AS variant
        CROSS JOIN LATERAL (${usesOf("variant")}) AS known
        WHERE known.uses > ${COMMONER} * typed.uses
        ORDER BY known.uses / CASE WHEN left(variant.word, 1) = left(typed.word, 1) THEN 1.0 ELSE ${FIRST_LETTER} END DESC,
          variant.word
        LIMIT 2`,
    { prepared: true },
  );
  const [first, second] = rows.map(({ word, n }) => replaced(typed, doubtful[n - 1], word));
  return first === undefined ? null : [first, second];
}

function replaced(text: string, typed: TypedWord | undefined, word: string): string {
  return typed ? text.slice(0, typed.place) + word + text.slice(typed.place + typed.word.length) : text;
}

/** Lower case without accents, as search_words has its words. */
function plainText(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}+/gu, "").toLowerCase();
}

/** The words that may be wrong; the last one, unless something stands behind it, is the beginning of one. */
function wordsOf(text: string): TypedWord[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)]
    .map(({ 0: word, index: place }) => ({ word, place, isLast: place + word.length === text.length }))
    .filter(({ word }) => word.length >= SHORTEST_WORD && word.length <= LONGEST_WORD)
    .slice(-MAX_WORDS);
}
