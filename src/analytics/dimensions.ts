import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import { registerEnumType } from "type-graphql";
import { glued, type ScanColumn } from "./aggregation.js";

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
    "A dimension to group papers by. A paper with several tags, organisations or authors counts once for each; one without any counts for none.",
  valuesConfig: {
    TAG: { description: "A tag; the key is its slug." },
    ORGANISATION: { description: "An organisation; the key is its slug." },
    AUTHOR: { description: "An author; the key is the name." },
    VENUE: { description: "The venue; the key is the value of `Paper.venue`." },
    YEAR: { description: "The year of publication in UTC: `2025`." },
    QUARTER: { description: "The quarter of publication in UTC: `2025-Q2`." },
    MONTH: { description: "The month of publication in UTC: `2025-05`." },
    WEEK: { description: "The ISO week of publication in UTC: `2025-W22`." },
    DAY: { description: "The day of publication in UTC: `2025-05-30`." },
    HAS_CODE: { description: "Whether a code repository is known: `true` or `false`." },
    SUBMITTER: { description: "The user who put the paper into Daily Papers; the key is the user name." },
  },
});

/** How a dimension is read from `m`, a row of the scan. */
interface Reading {
  column: ScanColumn;
  /** The column holds a set of values. */
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
  /** `JOIN`s from `g`, a row with v1, v2, …, to where the names are: for a few rows, each name by an index. */
  names: Sql;
  /**
   * The same for any number of rows. A full join is hashed or merged whatever the planner guesses: of groups it guesses
   * one, and would look names up one by one. It also gives the names that no row has, and rows without a name as null.
   */
  allNames: Sql;
  /** The table of the first dimension's names, `n1` in `keys`; null when its values are names themselves. */
  firstNames: Sql | null;
  /** The keys as text, over `g` and `names`. They compare by code points. */
  keys: Sql[];
}

/** @returns the parts of SQL that group the scan `m` by these dimensions. */
export function dimensionsSql(by: readonly PaperDimension[]): Dimensions {
  const parts = by.map((dimension, index) => partOf(READINGS[dimension], index + 1));
  const firstNames = by[0] && READINGS[by[0]].names?.table;
  const computed = parts.flatMap(({ computed }) => computed ?? []);
  return {
    columns: by.map((dimension) => READINGS[dimension].column),
    from: parts.reduce(
      (papers, { apart }) => apart(papers),
      computed.length ? sql`(SELECT m.*${glued(computed)} FROM m OFFSET 0) m` : sql`m`,
    ),
    where: join(
      parts.map(({ where }) => where),
      " AND ",
    ),
    values: parts.map(({ value }) => value),
    valuesAs: glued(parts.map(({ value }, index) => sql`, ${value} AS ${raw(`v${index + 1}`)}`)),
    names: glued(parts.map(({ names }) => (names ? raw(` JOIN ${names}`) : empty))),
    allNames: glued(parts.map(({ names }) => (names ? raw(` FULL JOIN ${names}`) : empty))),
    firstNames: firstNames ? raw(firstNames) : null,
    keys: parts.map(({ key }) => key),
  };
}

/**
 * @param groups a table with the columns `parent`, `v1`, `v2`, … of these dimensions, by its name: some groups.
 * @returns a SELECT of the rows that `from` has of these groups: the scan's columns and `v1`, `v2`, … After each
 * dimension what cannot be of a group is left out, before the next one multiplies it. `IN … IS TRUE` looks each value
 * up in a hashed set; it is never turned into a join, which the planner could do in loops.
 */
export function membersSql(by: readonly PaperDimension[], groups: Sql): Sql {
  const names = by.map((_, index) => `v${index + 1}`);
  const members = by.reduce(
    (papers, dimension, index) => {
      const { column, many, value } = READINGS[dimension];
      const list = raw(`m."${column}"`);
      const read = many ? sql`unnest(${list})` : (value?.(list) ?? list);
      const name = raw(names[index] ?? "");
      return sql`(SELECT * FROM (SELECT m.*, ${read} AS ${name} FROM ${papers} OFFSET 0) m
      WHERE (m.${name} IN (SELECT one.${name} FROM ${groups} one)) IS TRUE OFFSET 0) m`;
    },
    sql`m`,
  );
  const group = (alias: string) => raw(["parent", ...names].map((name) => `${alias}.${name}`).join(", "));
  return sql`SELECT m.* FROM ${members} WHERE ((${group("m")}) IN (SELECT ${group("one")} FROM ${groups} one)) IS TRUE`;
}

function partOf(reading: Reading, n: number) {
  const column = raw(`m."${reading.column}"`);
  const grouped = raw(`g.v${n}`);
  const key = reading.names ? raw(`n${n}.${reading.names.column}`) : (reading.key?.(grouped) ?? grouped);
  // Taken apart in the select list: a join to a function sets that function up for each paper anew, at twice the cost.
  const apart = (papers: Sql) =>
    reading.many ? sql`(SELECT m.*, unnest(${column}) AS ${raw(`d${n}`)} FROM ${papers}) m` : papers;
  const own = raw(`m.d${n}`);
  return {
    apart,
    // Once for each paper, before lists make several rows of it.
    computed: reading.value && sql`, ${reading.value(column)} AS ${raw(`d${n}`)}`,
    where: reading.many ? sql`true` : sql`${column} IS NOT NULL`,
    value: reading.many || reading.value ? own : column,
    names: reading.names && `${reading.names.table} n${n} ON n${n}.id = g.v${n}`,
    key: sql`(${key} COLLATE "C")`,
  };
}
