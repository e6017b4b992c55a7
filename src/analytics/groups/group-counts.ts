import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import { dimensionsSql, type Dimensions, type PaperDimension } from "../dimensions.js";
import type { Question, ScanColumn } from "../aggregation.js";

/** The groups of papers that share a value in each of the dimensions. */
export interface GroupCounts extends Dimensions {
  /** A table of `parent, v1, v2, …, count` and, when asked for, `upvotes`: a row for each group. Questions about the same dimensions share it. */
  table: NonNullable<Question["tables"]>[number];
  /** The table's name, quoted. */
  name: ReturnType<typeof raw>;
}

/**
 * @param by one to three dimensions.
 * @param options.upvotes whether they are added up: for that alone all papers would be read.
 */
export function groupCounts(
  by: readonly PaperDimension[],
  { upvotes = false }: { upvotes?: boolean } = {},
): GroupCounts {
  const dimensions = dimensionsSql(by);
  const name = `groups ${by.join(" ")}${upvotes ? " upvotes" : ""}`;
  const sum = upvotes ? sql`, sum(m.upvotes) AS upvotes` : empty;
  const select = sql`SELECT m.parent${dimensions.valuesAs}, count(*) AS count${sum}
    FROM ${dimensions.from} WHERE ${dimensions.where} GROUP BY m.parent, ${join(dimensions.values)}`;
  const columns: ScanColumn[] = [...dimensions.columns, ...(upvotes ? (["upvotes"] as const) : [])];
  return { ...dimensions, columns, table: [name, select], name: raw(`"${name}"`) };
}

/**
 * @param table a table of `parent, v1` and the metric, by its name.
 * @param limit how many of each parent.
 * @param metric the column that says how large a group is.
 * @returns a SELECT of the largest groups: the table's columns, `key`, and `place` from 1; ties by key.
 * @param more further columns, over `g` and where the names are.
 * Names are looked up for those alone that may be among them: the ties of the last one too.
 */
export function largestGroups(
  table: Sql,
  { names, keys }: Dimensions,
  limit: number,
  metric = "count",
  more = empty,
): Sql {
  const size = raw(`g.${metric}`);
  return sql`SELECT * FROM (
      SELECT g.*, ${keys[0]} AS key, row_number() OVER (PARTITION BY g.parent ORDER BY ${size} DESC, ${keys[0]}) AS place${more}
      FROM (SELECT largest.* FROM parents CROSS JOIN LATERAL (
        SELECT * FROM ${table} g WHERE g.parent = parents.parent ORDER BY ${size} DESC FETCH FIRST ${limit} ROWS WITH TIES
      ) largest) g${names}
    ) placed WHERE place <= ${limit}`;
}
