import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { paddedName } from "../compile/resolve-names.js";

export type CompletionKind = "PAPER" | "ORGANISATION" | "TAG" | "AUTHOR";

export interface Completion {
  type: CompletionKind;
  slug: string;
  label: string;
  use: number;
  /** 0: the name itself; 1: it begins so; 2: a later word of it does. */
  distance: number;
}

interface Kind {
  type: CompletionKind;
  table: string;
  key: string;
  label: string;
  slug: string;
  use: string;
  /** Whether later words count as well. The words of titles are what searches are for. */
  words: boolean;
}

const named = { key: "name_key", label: "name", slug: "slug", use: "paper_count", words: true };
const KINDS: readonly Kind[] = [
  { ...named, type: "TAG", table: "tags" },
  { ...named, type: "ORGANISATION", table: "organisations" },
  { ...named, type: "AUTHOR", table: "authors", slug: "name" },
  {
    type: "PAPER",
    table: "papers",
    key: "title_key",
    label: "title",
    slug: "external_id",
    use: "upvote_count",
    words: false,
  },
];

/**
 * Of names that begin as was typed, so many are read and sorted by use. Of more, the most used are found from the other
 * end, among the names with the most use, and behind these stand the first ones in the order of names.
 */
const READ = 700;
const MOST_USED = 1_500;
const FIRST_ONES = 50;
/** Names of which any word begins so are dearer to read: each is spelt anew. */
const READ_LATER = 500;
/**
 * Fewer letters of a later word are looked for among the most used alone: their trigrams say too little. One or two
 * letters, only where too little begins so.
 */
const SHORTEST_WORD = 4;
/** So many letters are looked for in the index of trigrams: each costs another list, and the first ones tell enough. */
const TELLING = 16;

/** Two at most: the planner shall expect no more. */
export type Prefixes = readonly [string, string?];

/**
 * Names that begin as one of the prefixes, or have a later word that does: of each kind and prefix the most used.
 * One statement, of which each part is bounded, whatever was typed: its plan needs no estimates, so it is kept.
 */
export function completions(
  db: Database,
  prefixes: Prefixes,
  types: readonly CompletionKind[],
  first: number,
): Promise<Completion[]> {
  const [one, two = null] = prefixes;
  const words = sql`btrim(${paddedName(sql`key`)})`;
  return db.query<Completion>(
    "search.autocomplete",
    sql`SELECT found.* FROM (
          SELECT key, ${words} AS words, '% ' || left(${words}, ${number(TELLING)}) || '%' AS pattern
          FROM (SELECT name_key(prefix) AS key FROM (VALUES (${one}::text), (${two}::text)) AS given (prefix) OFFSET 0) keyed
          WHERE key <> '' OFFSET 0) typed
        CROSS JOIN LATERAL (${join(
          KINDS.map((kind) => ofKind(kind, types, first)),
          " UNION ALL ",
        )}) found`,
    { prepared: "label" },
  );
}

function ofKind(kind: Kind, types: readonly CompletionKind[], first: number): Sql {
  const [table, key, use] = [raw(kind.table), raw(kind.key), raw(kind.use)];
  const columns = sql`id, ${raw(kind.slug)} AS slug, ${raw(kind.label)} AS label, ${use} AS use`;
  const isAsked = sql`${kind.type}::text = ANY (${types}::text[])`;
  // A range instead of LIKE: it needs no escaping. U+10FFFF is the last code point there is.
  const inRange = sql`${isAsked} AND ${key} >= typed.key AND ${key} < typed.key || U&'\\+10FFFF'`;
  const begins = sql`starts_with(${key}, typed.key)`;
  const hasWord = sql`strpos(${paddedName(key)}, ' ' || typed.words) > 0`;
  const isShort = sql`length(typed.words) < ${number(SHORTEST_WORD)}`;
  const best = (from: Sql) =>
    sql`(SELECT * FROM ${from} ORDER BY distance, use DESC, id DESC LIMIT ${first})`;

  const range = sql`SELECT count(*) AS rows FROM (SELECT FROM ${table} WHERE ${inRange} ORDER BY ${key}, id LIMIT ${number(READ)}) first_rows`;
  const isFull = sql`(SELECT rows FROM begun) = ${number(READ)}`;
  const beginning = sql`
    SELECT ${columns}, CASE WHEN ${key} = typed.key THEN 0 ELSE 1 END AS distance FROM ${table} WHERE ${inRange}
    ORDER BY ${key}, id LIMIT CASE WHEN ${isFull} THEN ${number(FIRST_ONES)} ELSE ${number(READ)} END`;
  const later = sql`
    SELECT ${columns}, CASE WHEN ${begins} THEN 1 ELSE 2 END AS distance FROM ${table}
    WHERE ${isAsked} AND NOT ${isShort} AND ${paddedName(key)} LIKE typed.pattern AND (length(typed.words) <= ${number(TELLING)} OR ${hasWord}) LIMIT ${number(READ_LATER)}`;
  const mostUsed = (distance: 1 | 2, matches: Sql, isMore: Sql) => sql`
    (SELECT ${columns}, ${number(distance)} AS distance
     FROM (SELECT * FROM ${table} WHERE ${isMore} ORDER BY ${use} DESC, id DESC LIMIT ${number(MOST_USED)}) top
     WHERE ${matches} ORDER BY ${use} DESC, id DESC LIMIT ${first})`;
  const parts = [best(sql`beginning`), mostUsed(1, begins, sql`${isAsked} AND ${isFull}`)];
  if (kind.words) {
    const isMore = sql`((SELECT count(*) FROM later) = ${number(READ_LATER)} OR ${isShort} AND (length(typed.words) > 2 OR (SELECT rows FROM begun) < ${first}))`;
    // The first strpos costs a tenth of the second one.
    const matches = sql`typed.words <> '' AND strpos(${key}, typed.words) > 0 AND ${hasWord} AND NOT ${begins}`;
    parts.push(best(sql`later WHERE distance = 2`), mostUsed(2, matches, sql`${isAsked} AND ${isMore}`));
  }
  return sql`
    (WITH begun AS MATERIALIZED (${range}), beginning AS MATERIALIZED (${beginning})${kind.words ? sql`, later AS MATERIALIZED (${later})` : sql``}
     SELECT ${kind.type}::text AS type, slug, label, use, distance FROM (${join(parts, " UNION ALL ")}) AS parts)`;
}

/** The bounds are part of the text: the planner is to know them. */
function number(value: number): Sql {
  return raw(String(value));
}
