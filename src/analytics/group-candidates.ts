import sql, { empty, raw, type Sql } from "sql-template-tag";
import type { SortKey, Slice } from "../shared/pagination/keyset.js";
import type { GroupCounts } from "./groups/group-counts.js";

/** So many names are looked up one by one, some microseconds each; beyond, all names are read. */
const FEW = 10_000;

/**
 * Holds of every group. A set that the planner takes for larger than memory is not hashed but searched from its start
 * for each name; of a range without statistics it guesses a two-hundredth.
 */
const ANY_COUNT = sql`g.count >= ${1}::bigint AND g.count <= ${2_147_483_647}::bigint`;

/** @returns the condition that no more than FEW rows of `parents.parent` are in `source`, what stands behind FROM. */
export function hasFew(source: Sql): Sql {
  return sql`(SELECT count(*) FROM (SELECT FROM ${source} AND g.parent = parents.parent LIMIT ${FEW + 1}) g) <= ${FEW}::bigint`;
}

/**
 * @returns the table `candidates`, and what it is made of: the groups that may be on the page, of all parents. Names,
 * which are by far the most expensive to look up and to compare, are looked up for no others.
 */
export function candidatesSql(groups: GroupCounts, kept: Sql, keys: readonly SortKey[], slice: Slice): Sql {
  const [leading] = keys;
  if (!leading) throw new Error("Groups have an order.");
  return keys.length > groups.keys.length
    ? byMetric(groups, kept, leading, slice)
    : byFirstName(groups, kept, leading, slice);
}

/**
 * Ordered by a metric, the next ones by it with all ties of the last, and all ties of the cursor. The last one's metric
 * is found by a heap of the page's size; FETCH … WITH TIES would sort all groups.
 */
function byMetric(
  { name }: GroupCounts,
  kept: Sql,
  { expression, type, direction }: SortKey,
  slice: Slice,
): Sql {
  const isAscending = direction === "ASC";
  const at = slice.after ? sql`${slice.after[0]}::${raw(type)}` : null;
  const [beyond, within] = isAscending ? [raw(">"), raw("<=")] : [raw("<"), raw(">=")];
  const worst = isAscending ? sql`max(metric)` : sql`min(metric)`;
  return sql`ends AS MATERIALIZED (
      SELECT parents.parent, coalesce((SELECT ${worst} FROM (
        SELECT ${expression} AS metric FROM ${name} g WHERE g.parent = parents.parent AND ${kept}${at ? sql` AND ${expression} ${beyond} ${at}` : empty}
        ORDER BY metric ${raw(direction)} LIMIT ${slice.limit + 1}) next), ${at ?? sql`NULL`}) AS metric
      FROM parents),
    candidates AS MATERIALIZED (
      SELECT g.* FROM ends JOIN ${name} g ON g.parent = ends.parent AND ${expression} ${within} ends.metric
      WHERE ${kept}${at ? sql` AND ${expression} ${beyond}= ${at}` : empty})`;
}

/**
 * Ordered by key, those with the first names of the first dimension, as many as the page has rows. Of few groups, and
 * where values are names themselves, all.
 */
function byFirstName(
  { name, keys, firstNames }: GroupCounts,
  kept: Sql,
  { direction, type }: SortKey,
  slice: Slice,
): Sql {
  const own = sql`${name} g WHERE ${kept}`;
  const [key] = keys;
  if (!firstNames || !key) return sql`candidates AS (SELECT * FROM ${own})`;
  const beyond = raw(direction === "ASC" ? ">=" : "<=");
  const after = slice.after ? sql` AND ${key} ${beyond} ${slice.after[0]}::${raw(type)}` : empty;
  return sql`few AS MATERIALIZED (SELECT parents.parent FROM parents WHERE ${hasFew(own)}),
    first_names AS MATERIALIZED (
      SELECT parents.parent, first.id
      FROM (SELECT parent FROM parents EXCEPT SELECT parent FROM few) parents CROSS JOIN LATERAL (
        SELECT n1.id FROM ${firstNames} n1
        WHERE ((parents.parent, n1.id) IN (SELECT g.parent, g.v1 FROM ${own} AND ${ANY_COUNT})) IS TRUE${after}
        ORDER BY ${key} ${raw(direction)} LIMIT ${slice.limit + 1}) first),
    candidates AS MATERIALIZED (
      SELECT * FROM ${own} AND ((g.parent IN (SELECT parent FROM few)) IS TRUE
        OR ((g.parent, g.v1) IN (SELECT parent, id FROM first_names)) IS TRUE))`;
}
