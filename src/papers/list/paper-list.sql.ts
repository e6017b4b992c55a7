import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import type { CompiledSearch } from "../../search/compile/compile-search.js";
import { inTier, LARGEST_TIER } from "../../search/ranking/tiers.js";
import type { Fingerprint } from "../../shared/pagination/cursor.js";
import { keysetSelect, type KeysetList, type Slice, type SortKey } from "../../shared/pagination/keyset.js";
import type { PaperFilter } from "./paper.filter.js";

/** The parent of lists that have none. */
export const NO_PARENT = 0;

/** Matches of a search that are counted: each costs some microseconds, and nobody reads on so far. */
export const COUNTED = 10_000;

/** Which papers a list under a parent (an organisation, an author, …) holds, given the parent's number as SQL. */
export type PaperScope = (parent: Sql) => Sql;

/**
 * Under parents with so many papers or fewer all of them are read and sorted, some microseconds each; under others the
 * order's index is walked until enough of theirs have come. That walk passes all other papers in between: where a
 * filter lets few through, or a parent's papers are all old, most of the table.
 */
const READ_WHOLE = 5_000;

/** A list of papers: which, and in what order. */
export interface PaperList {
  /** Over `p`, a row of paper_records. */
  where: Sql;
  scope: PaperScope | null;
  /** SQL for about how many papers a parent has; null where that is not kept. */
  sizeOf: PaperScope | null;
  search: CompiledSearch | null;
  /** Whether RELEVANCE is among the keys. */
  byRelevance: boolean;
  /** Ordered by relevance, the papers of this tier are ranked and the others follow; null ranks all. */
  tier: number | null;
  keys: readonly SortKey[];
  /** Which list it is, however it was spelt: cursors are bound to it. */
  fingerprint: Fingerprint;
  /** How it was spelt, which whereWithout depends on. */
  spelling: Fingerprint;
  /** Whether it hangs on who asks: what such a list holds is never kept for others. */
  personal: boolean;
  /** Whether the best plan of a page does not hang on values: of all papers, or of words by relevance. */
  steady: boolean;
  /** `where` without one condition at the top of the caller's filter; null when the filter has none. */
  whereWithout(condition: keyof PaperFilter): Promise<Sql> | null;
}

/** A select made once for each parent; a list without a scope has the one parent NO_PARENT. */
export function perParent(
  scope: PaperScope | null,
  parents: readonly number[],
  select: (scope: Sql) => Sql,
): Sql {
  if (!scope) return sql`(SELECT ${NO_PARENT}::integer AS parent, list.* FROM (${select(empty)}) list)`;
  const parent = sql`parents.parent`;
  return sql`(SELECT ${parent}, list.* FROM unnest(${parents}::integer[]) AS parents(parent)
    CROSS JOIN LATERAL (${select(sql`${scope(parent)} AND `)}) list)`;
}

/**
 * The same page of each parent's list. The planner knows no parent's size when it plans a select for all of them: it
 * would walk the index of the order for each, past all other papers, to find the few of a small one. So there are two
 * selects, and the parent's size decides which one runs.
 */
export function pagesSql(list: PaperList, slice: Slice, parents: readonly number[]): Sql {
  const { scope, sizeOf, keys, where } = list;
  const cut = (source: Pick<KeysetList, "from" | "where" | "valueless">) =>
    keysetSelect({ columns: sql`p.id AS page_id`, ...source, keys }, slice);
  if (!scope || !sizeOf || list.byRelevance)
    return perParent(scope, parents, (ofParent) => cut(sourceOf(list, ofParent)));
  const parent = sql`parents.parent`;
  // OFFSET 0 keeps the parent's papers the first thing that is looked up.
  const own = sql`(SELECT * FROM paper_records p WHERE ${scope(parent)} OFFSET 0) p`;
  return sql`(SELECT ${parent}, list.*
    FROM (SELECT parent, coalesce(${sizeOf(sql`parent`)} <= ${READ_WHOLE}::integer, true) AS is_small
      FROM unnest(${parents}::integer[]) AS parent OFFSET 0) parents
    CROSS JOIN LATERAL (
      SELECT * FROM (${cut({ from: own, where })}) small WHERE parents.is_small
      UNION ALL
      SELECT * FROM (${cut(sourceOf(list, sql`${scope(parent)} AND `))}) large WHERE NOT parents.is_small
    ) list)`;
}

export function countAll({ where }: PaperList, scope: Sql): Sql {
  return sql`SELECT count(*) AS count FROM paper_records p WHERE ${scope}${where}`;
}

/**
 * A match is counted by reading its row. Of a broad search the well-known ones are counted first: when they are too
 * many already, the index over all papers is never asked. Common table expressions are read no further than needed.
 */
export function countMatches({ where, search }: PaperList, scope: Sql): Sql {
  const matches = sql`SELECT p.id FROM paper_matches p WHERE ${scope}${where}`;
  const counted = (table: string) =>
    sql`(SELECT count(*) FROM (SELECT FROM ${raw(table)} LIMIT ${COUNTED + 1}) c)`;
  if (!search?.broad)
    return sql`WITH matching AS MATERIALIZED (${matches}) SELECT ${counted("matching")} AS count`;
  return sql`WITH matching AS MATERIALIZED (${matches}), known AS MATERIALIZED (${matches} AND ${inTier("p", LARGEST_TIER)})
    SELECT CASE WHEN ${counted("known")} > ${COUNTED}::bigint THEN ${COUNTED + 1}::bigint ELSE ${counted("matching")} END AS count`;
}

/**
 * What the pages of a list are cut out of. A score is computed once for each match, behind OFFSET 0: else the planner
 * would spell it again wherever the keys name it. A search in another order walks that order's index as any list does.
 */
export function sourceOf(list: PaperList, scope: Sql): Pick<KeysetList, "from" | "where" | "valueless"> {
  const where = sql`${scope}${list.where}`;
  const { search, tier } = list;
  if (!search || !list.byRelevance) return { from: sql`paper_records p`, where };
  const columns = list.keys.length > 2 ? sql`p.*` : sql`p.id`;
  const scored = (condition: Sql) =>
    sql`SELECT ${columns}, ${search.score("p")} AS relevance FROM paper_matches p WHERE ${condition}`;
  if (tier === null) return { from: sql`(${scored(where)} OFFSET 0) p`, where: sql`true` };
  const inside = inTier("p", tier);
  // Well-known or not, a paper that has it all in its title is ranked. IS TRUE keeps the planner from reading what an
  // index says of all the matches.
  const outside = join(titled(search), " OR ");
  const unranked = sql`SELECT ${columns}, NULL::double precision AS relevance FROM paper_matches p
    WHERE ${where} AND NOT (${inside}) AND NOT (${outside})`;
  return {
    from: sql`(${scored(sql`${where} AND ${inside}`)} UNION ALL ${scored(sql`(${outside}) AND NOT (${inside}) AND (${where}) IS TRUE`)} OFFSET 0) p`,
    where: sql`true`,
    valueless: { from: sql`(${unranked}) p`, where: sql`true` },
  };
}

function titled({ titles, sameTitle }: CompiledSearch): Sql[] {
  const conditions = [sql`p.id = ANY (${sameTitle}::integer[])`];
  if (titles !== null) conditions.push(sql`ts_filter(p.tsv, '{a}') @@ ${titles}::tsquery`);
  return conditions;
}

/** Computed where the order has not computed it before. */
export function scoreColumn({ search, keys, byRelevance }: PaperList): Sql {
  if (!search) return sql`, NULL::double precision AS score`;
  if (!byRelevance) return sql`, ${search.score("r")} AS score`;
  const place = keys.findIndex(({ expression }) => expression.sql === "p.relevance");
  return sql`, page.${raw(`sort_${place + 1}`)} AS score`;
}
