import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import { registerEnumType } from "type-graphql";
import { glued, type ScanColumn } from "./question.js";

export enum PaperDimension {
  TAG = "TAG",
  ORGANISATION = "ORGANISATION",
  AUTHOR = "AUTHOR",
  VENUE = "VENUE",
  YEAR = "YEAR",
  QUARTER = "QUARTER",
  MONTH = "MONTH",
  WEEK = "WEEK",
  DAY = "DAY",
  HAS_CODE = "HAS_CODE",
  SUBMITTER = "SUBMITTER",
}

registerEnumType(PaperDimension, {
  name: "PaperDimension",
  description:
    "What papers can be told apart by. A paper with several tags, organisations or authors counts once in each; one without any is in none.",
  valuesConfig: {
    TAG: { description: "A tag; the key is its slug." },
    ORGANISATION: { description: "An organisation; the key is its slug." },
    AUTHOR: { description: "An author; the key is the name." },
    VENUE: { description: "Where it appeared; the key is the venue as `Paper.venue` writes it." },
    YEAR: { description: "The year of publication in UTC: `2025`." },
    QUARTER: { description: "The quarter of publication in UTC: `2025-Q2`." },
    MONTH: { description: "The month of publication in UTC: `2025-05`." },
    WEEK: { description: "The ISO week of publication in UTC: `2025-W22`." },
    DAY: { description: "The day of publication in UTC: `2025-05-30`." },
    HAS_CODE: { description: "Whether a code repository is known: `true` or `false`." },
    SUBMITTER: { description: "Who put it into Daily Papers; the key is the user name." },
  },
});

/** How a dimension is read from `m`, a row of the scan. */
interface Reading {
  column: ScanColumn;
  /** The column holds several values. */
  many?: boolean;
  /** The value that papers are grouped by, made of the column; cheap to compare. */
  value?: (column: Sql) => Sql;
  /** The value's key as text. */
  key?: (value: Sql) => Sql;
  /** The table in which the value is an id, and the key the column of it. */
  names?: { table: string; column: string };
}

const READINGS: Record<PaperDimension, Reading> = {
  TAG: { column: "tagIds", many: true, names: { table: "tags", column: "slug" } },
  ORGANISATION: { column: "organisationIds", many: true, names: { table: "organisations", column: "slug" } },
  AUTHOR: { column: "authorIds", many: true, names: { table: "authors", column: "name" } },
  SUBMITTER: { column: "submittedBy", names: { table: "users", column: "username" } },
  VENUE: { column: "venue" },
  HAS_CODE: { column: "hasCode", key: (value) => sql`${value}::text` },
  YEAR: publishedIn("year", "YYYY"),
  QUARTER: publishedIn("quarter", 'YYYY-"Q"Q'),
  MONTH: publishedIn("month", "YYYY-MM"),
  WEEK: publishedIn("week", 'IYYY-"W"IW'),
  DAY: publishedIn("day", "YYYY-MM-DD"),
};

function publishedIn(unit: string, format: string): Reading {
  return {
    column: "publishedAt",
    value: (column) => sql`date_trunc('${raw(unit)}', ${column} AT TIME ZONE 'UTC')`,
    key: (value) => sql`to_char(${value}, '${raw(format)}')`,
  };
}

/** Whether the dimension is made of the date of publication. */
export function isCalendar(dimension: PaperDimension): boolean {
  return READINGS[dimension].column === "publishedAt";
}

export interface Dimensions {
  columns: ScanColumn[];
  /** The scan with what takes a row apart: a row of `m` for each combination of its values. */
  from: Sql;
  /** That there is a value in each. */
  where: Sql;
  /** The values, in their order; `v1`, `v2`, … once they are selected by `valuesAs`. */
  values: Sql[];
  /** `…, value AS v1, value AS v2`. */
  valuesAs: Sql;
  /** `JOIN`s from `g`, a row with v1, v2, …, to where the names are. */
  names: Sql;
  /** The keys as text, over `g` and `names`. They compare by code points. */
  keys: Sql[];
}

/** @returns the parts of SQL that group the scan `m` by these dimensions. */
export function dimensionsSql(by: readonly PaperDimension[]): Dimensions {
  const parts = by.map((dimension, index) => partOf(READINGS[dimension], index + 1));
  return {
    columns: by.map((dimension) => READINGS[dimension].column),
    from: parts.reduce((papers, { apart }) => apart(papers), sql`m`),
    where: join(
      parts.map(({ where }) => where),
      " AND ",
    ),
    values: parts.map(({ value }) => value),
    valuesAs: glued(parts.map(({ value }, index) => sql`, ${value} AS ${raw(`v${index + 1}`)}`)),
    names: glued(parts.map(({ names }) => names)),
    keys: parts.map(({ key }) => key),
  };
}

function partOf(reading: Reading, n: number) {
  const column = raw(`m."${reading.column}"`);
  const grouped = raw(`g.v${n}`);
  const apart = reading.many ? takenApart(reading.column, `d${n}`) : null;
  const value = apart?.value ?? (reading.value ? reading.value(column) : column);
  const key = reading.names ? raw(`n${n}.${reading.names.column}`) : (reading.key?.(grouped) ?? grouped);
  return {
    apart: apart ? apart.from : (papers: Sql) => papers,
    where: reading.many ? sql`true` : sql`${column} IS NOT NULL`,
    value,
    names: reading.names ? raw(` JOIN ${reading.names.table} n${n} ON n${n}.id = g.v${n}`) : empty,
    key: sql`(${key} COLLATE "C")`,
  };
}

/**
 * How a column of `m` that holds several values is taken apart: `from` makes of papers under the name `m` a row for each
 * value, still under that name, and `value` is that value. An author may stand twice on a paper and counts once; tags and
 * organisations are sets already. Where it can be, a list is taken apart in the select list: a join to a function sets
 * that function up for each paper anew, which costs twice as much.
 */
function takenApart(column: ScanColumn, alias: string): { from: (papers: Sql) => Sql; value: Sql } {
  const list = `m."${column}"`;
  if (column !== "authorIds")
    return {
      from: (papers) => sql`(SELECT m.*, unnest(${raw(list)}) AS ${raw(alias)} FROM ${papers}) m`,
      value: raw(`m.${alias}`),
    };
  const join = raw(` CROSS JOIN LATERAL (
    SELECT a.value FROM unnest(${list}) WITH ORDINALITY AS a(value, place) WHERE a.place = array_position(${list}, a.value)
  ) AS ${alias}`);
  return {
    from: (papers) => sql`(SELECT m.*, ${raw(alias)}.value AS ${raw(alias)} FROM ${papers}${join}) m`,
    value: raw(`m.${alias}`),
  };
}
