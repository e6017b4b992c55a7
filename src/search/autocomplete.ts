import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../database/database.js";
import { globalId } from "../shared/node.js";
import { paddedName } from "./named-things.js";

const KINDS = {
  TAG: { table: "tags", key: "name_key", label: "name", slug: "slug", use: "paper_count", node: "Tag" },
  ORGANISATION: {
    table: "organisations",
    key: "name_key",
    label: "name",
    slug: "slug",
    use: "paper_count",
    node: "Organisation",
  },
  AUTHOR: { table: "authors", key: "name_key", label: "name", slug: "name", use: "paper_count", node: null },
  PAPER: {
    table: "papers",
    key: "title_key",
    label: "title",
    slug: "external_id",
    use: "upvote_count",
    node: "Paper",
  },
} as const;

/** How many times as often a name must be used to be suggested for a later word before one that begins so. */
const BEGINNING = 10;

export type SuggestionKind = keyof typeof KINDS;

export interface SearchSuggestion {
  type: SuggestionKind;
  /** A global id; null for an author. */
  id: string | null;
  label: string;
  /** Null for a paper. */
  paperCount: number | null;
}

interface SuggestionRow {
  type: SuggestionKind;
  slug: string;
  label: string;
  use: number;
  /** 0: the name itself; 1: it begins so; 2: a later word of it does. */
  distance: number;
}

/**
 * What may be meant by what was typed so far: names that are it, then those that begin so or have a later word that
 * does (surnames!), by use; the kinds take turns. One statement.
 * @param request.first how many at most.
 */
export async function autocomplete(
  db: Database,
  request: { prefix: string; types: readonly SuggestionKind[]; first: number },
): Promise<SearchSuggestion[]> {
  const types = [...new Set(request.types)];
  if (!types.length || !request.prefix.trim()) return [];
  const selects = types.flatMap((type) => selectsOf(type, request.prefix, request.first));
  // Not prepared: whether to read all that begins so or the most used until enough do depends on the prefix, and the
  // planner knows from its histograms.
  const rows = await db.query<SuggestionRow>("search.autocomplete", join(selects, " UNION ALL "));
  return takingTurns(types, rows).slice(0, request.first);
}

function selectsOf(type: SuggestionKind, prefix: string, first: number): Sql[] {
  const { table, key, label, slug, use } = KINDS[type];
  const column = raw(key);
  const typed = sql`name_key(${prefix})`;
  const select = (where: Sql, distance: Sql) =>
    sql`(SELECT ${type} AS type, ${raw(slug)} AS slug, ${raw(label)} AS label, ${raw(use)} AS use, ${distance} AS distance
         FROM ${raw(table)} WHERE ${typed} <> '' AND ${where} ORDER BY ${raw(use)} DESC, id DESC LIMIT ${first})`;
  // A range instead of LIKE: it needs no escaping. U+10FFFF is the last code point there is.
  const begins = sql`${column} >= ${typed} AND ${column} < ${typed} || U&'\\+10FFFF'`;
  const selects = [
    select(sql`${column} = ${typed}`, sql`0`),
    select(sql`${begins} AND ${column} <> ${typed}`, sql`1`),
  ];
  // The words of titles are what searches are for.
  if (type === "PAPER") return selects;
  const words = sql`btrim(${paddedName(typed)})`;
  const later = sql`${words} <> '' AND ${paddedName(column)} LIKE '% ' || ${words} || '%'`;
  return [...selects, select(later, sql`2`)];
}

/** "lear" is more likely "Machine Learning", which thousands use, than "Learning from Noise", which one paper does. */
function weightOf({ distance, use }: SuggestionRow): number {
  return (1 + use) * (distance < 2 ? BEGINNING : 1);
}

function takingTurns(types: readonly SuggestionKind[], rows: readonly SuggestionRow[]): SearchSuggestion[] {
  const seen = new Set<string>();
  const fresh = [...rows]
    .sort((a, b) => weightOf(b) - weightOf(a) || a.distance - b.distance)
    .filter(({ type, slug }) => seen.size < seen.add(`${type} ${slug}`).size);
  const exact = fresh.filter(({ distance }) => distance === 0);
  const queues = types.map((type) => fresh.filter((row) => row.type === type && row.distance > 0));
  const turns = Math.max(0, ...queues.map(({ length }) => length));
  const others = Array.from({ length: turns }, (_, turn) => queues.flatMap((queue) => queue[turn] ?? []));
  return [...exact, ...others.flat()].map(suggestion);
}

function suggestion({ type, slug, label, use }: SuggestionRow): SearchSuggestion {
  const { node } = KINDS[type];
  return { type, id: node && globalId(node, slug), label, paperCount: type === "PAPER" ? null : use };
}
