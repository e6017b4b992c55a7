import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import { badInput } from "../shared/errors.js";
import { inOrderOf } from "../shared/group-by-key.js";
import {
  readPageArgs,
  toPage,
  type Edge,
  type KeysetRow,
  type Page,
  type PageArgs,
} from "../shared/pagination/connection.js";
import { fingerprint } from "../shared/pagination/cursor.js";
import { cleanList, cleanSearch } from "../shared/validate-input.js";
import {
  keysetKeys,
  keysetOrder,
  keysetSelect,
  type Direction,
  type SortKey,
} from "../shared/pagination/keyset.js";
import { parseGlobalId, type NodeType } from "../shared/node.js";
import { inIntRange, type IntRange } from "../shared/ranges.js";

/** Words of a search for names that are read; no name has more. */
const MAX_WORDS = 20;

/** Organisations, tags and authors are listed alike: tables with a slug, name, name_key, paper_count; authors have no upvote_count. */
export interface NameTable<T extends object> {
  type: Extract<NodeType, "Organisation" | "Tag" | "Author">;
  table: "organisations" | "tags" | "authors";
  /** The column that holds the slug as it is compared. */
  slugColumn: "slug" | "slug_key" | "name";
  slugOf(text: string): string;
  /** The expression of name_key that an index of words is over, where names are so many that a search needs one. */
  indexedWords?: (nameKey: Sql) => Sql;
  create(): T;
}

export interface NameListArgs {
  search?: string | null;
  filter?: { ids?: string[] | null; paperCount?: IntRange | null } | null;
  orderBy?: { field: "RELEVANCE" | "NAME" | "PAPER_COUNT" | "UPVOTES"; direction: Direction }[] | null;
}

export interface NameEdge<T> extends Edge<T> {
  /** Null without a search. */
  score: number | null;
}

export interface NameList<T> {
  page(): Promise<Page<NameEdge<T>>>;
  count(): Promise<number>;
}

/** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
export function nameList<T extends object>(
  db: Database,
  of: NameTable<T>,
  columns: Sql,
  args: NameListArgs & PageArgs,
): NameList<T> {
  const words = searchWords(args.search);
  const where = join([matching(of, words), filtered(of, args.filter)], " AND ");
  const score = words ? scoreOf(words) : null;
  const order = orderOf(args, score);
  const keys = sortKeys(order, score);
  const list = fingerprint([
    of.table,
    words,
    canonicalFilter(of, args.filter),
    order.map(({ field, direction }) => [field, direction]),
  ]);
  const slice = readPageArgs(args, list, keys);
  const from = sql`${raw(of.table)} n`;
  const readPage = async () => {
    const select = keysetSelect({ columns: sql`n.id AS page_id`, from, where, keys }, slice);
    const rows = await db.query<T & KeysetRow & { score: number | null }>(
      `${of.table}.page`,
      sql`SELECT ${columns}, ${keysetKeys(keys, "page")}, ${score ?? sql`NULL::double precision`} AS score
            FROM (${select}) page JOIN ${from} ON n.id = page.page_id ORDER BY ${keysetOrder(keys, slice.backward)}`,
    );
    return toPage(rows, slice, list, keys.length, (row, cursorOf) => ({
      get cursor() {
        return cursorOf();
      },
      node: Object.assign(of.create(), row),
      score: row.score,
    }));
  };
  let page: Promise<Page<NameEdge<T>>> | undefined;
  return {
    page: () => (page ??= readPage()),
    async count() {
      const row = await db.first<{ count: number }>(
        `${of.table}.count`,
        sql`SELECT count(*) AS count FROM ${from} WHERE ${where}`,
      );
      return row?.count ?? 0;
    },
  };
}

/** @returns the thing with this global id or slug, or null. */
export async function findByName<T extends object>(
  db: Database,
  of: NameTable<T>,
  columns: Sql,
  ids: readonly string[],
  argument: string,
): Promise<(T | null)[]> {
  const slugs = cleanList(ids, argument).map((id) => slugFrom(of, id));
  const rows = await db.query<T & { matchedSlug: string }>(
    `${of.table}.find`,
    sql`SELECT ${columns}, n.${raw(of.slugColumn)} AS "matchedSlug" FROM ${raw(of.table)} n WHERE n.${raw(of.slugColumn)} = ANY(${slugs})`,
    { prepared: "label" },
  );
  return inOrderOf(slugs, rows, (row) => row.matchedSlug).map(
    (row) => row && Object.assign(of.create(), row),
  );
}

function slugFrom<T extends object>(of: NameTable<T>, id: string): string {
  const parsed = parseGlobalId(id);
  return of.slugOf(parsed?.type === of.type ? parsed.key : id);
}

function searchWords(search: string | null | undefined): string[] | null {
  const words = cleanSearch(search ?? "", "search")
    .text.split(/[\s_/\u2010-\u2015\u2212-]+/u)
    .filter(Boolean)
    .slice(0, MAX_WORDS);
  return words.length ? words : null;
}

/** Each word asked for begins a word of the name. strpos needs no escaping, whatever the word. */
function matching<T extends object>({ indexedWords }: NameTable<T>, words: string[] | null): Sql {
  if (!words) return sql`true`;
  const conditions = words.map((word) => sql`strpos(' ' || n.name_key, ' ' || name_key(${word})) > 0`);
  // A name that has the word has its letters behind a space, without punctuation: wider, and what the index is over.
  if (indexedWords)
    conditions.push(
      ...words.map(
        (word) =>
          sql`${indexedWords(sql`n.name_key`)} LIKE '% ' || btrim(${indexedWords(sql`name_key(${word})`)}) || '%'`,
      ),
    );
  return join(conditions, " AND ");
}

/** An exact name first, then names that begin so, then by use: a logarithm of the papers that stays below 1. */
function scoreOf(words: string[]): Sql {
  const name = sql`name_key(${words.join(" ")})`;
  return sql`((n.name_key = ${name})::integer * 2 + starts_with(n.name_key, ${name})::integer + log(1 + n.paper_count::double precision) / 10)`;
}

function filtered<T extends object>(of: NameTable<T>, filter: NameListArgs["filter"]): Sql {
  const conditions = [sql`true`];
  if (filter?.ids) {
    const slugs = cleanList(filter.ids, "filter.ids").map((id) => slugFrom(of, id));
    conditions.push(sql`n.${raw(of.slugColumn)} = ANY(${slugs})`);
  }
  if (filter?.paperCount)
    conditions.push(inIntRange(sql`n.paper_count`, filter.paperCount, "filter.paperCount"));
  return join(conditions, " AND ");
}

/** @returns the same for all spellings of a filter: nulls, empty objects, slugs for ids, repeated or in another order. */
function canonicalFilter<T extends object>(of: NameTable<T>, filter: NameListArgs["filter"]): unknown[] {
  const { gte = null, lte = null } = filter?.paperCount ?? {};
  const slugs = filter?.ids?.map((id) => slugFrom(of, id.normalize("NFC"))) ?? null;
  return [slugs && [...new Set(slugs)].sort(), gte, lte];
}

type NameOrder = NonNullable<NameListArgs["orderBy"]>;

function orderOf({ orderBy }: NameListArgs, score: Sql | null): NameOrder {
  return orderBy?.length ? orderBy : [{ field: score ? "RELEVANCE" : "PAPER_COUNT", direction: "DESC" }];
}

function sortKeys(order: NameOrder, score: Sql | null): SortKey[] {
  const keys = order.map(({ field, direction }, index): SortKey => {
    if (order.findIndex((other) => other.field === field) < index)
      throw badInput(`orderBy[${index}].field`, `takes each field once; ${field} is there twice.`);
    switch (field) {
      case "RELEVANCE":
        if (!score) throw badInput(`orderBy[${index}].field`, "takes RELEVANCE only together with `search`.");
        return { expression: score, type: "double precision", nullable: false, direction };
      case "NAME":
        return { expression: sql`n.name_key`, type: "text", nullable: false, direction };
      case "PAPER_COUNT":
        return { expression: sql`n.paper_count`, type: "integer", nullable: false, direction };
      case "UPVOTES":
        return { expression: sql`n.upvote_count`, type: "bigint", nullable: false, direction };
    }
  });
  return [
    ...keys,
    { expression: sql`n.id`, type: "integer", nullable: false, direction: keys[0]?.direction ?? "DESC" },
  ];
}
