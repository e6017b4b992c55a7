import sql, { join, raw } from "sql-template-tag";
import { dimensionsSql, type Dimensions, type PaperDimension } from "./paper-dimension.js";
import type { Question, ScanColumn } from "./question.js";

/** The groups of papers that share a value in each of the dimensions. */
export interface GroupCounts extends Dimensions {
  /** A table of `parent, v1, v2, …, count, upvotes`: a row for each group. Questions about the same dimensions share it. */
  table: NonNullable<Question["tables"]>[number];
  /** The table's name, quoted. */
  name: ReturnType<typeof raw>;
}

/** @param by one to three dimensions. */
export function groupCounts(by: readonly PaperDimension[]): GroupCounts {
  const dimensions = dimensionsSql(by);
  const name = `groups ${by.join(" ")}`;
  const select = sql`SELECT m.parent${dimensions.valuesAs}, count(*) AS count, sum(m.upvotes) AS upvotes
    FROM ${dimensions.from} WHERE ${dimensions.where} GROUP BY m.parent, ${join(dimensions.values)}`;
  const columns: ScanColumn[] = [...dimensions.columns, "upvotes"];
  return { ...dimensions, columns, table: [name, select], name: raw(`"${name}"`) };
}
