import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import type { CursorKey, CursorValues } from "./cursor.js";

export type Direction = "ASC" | "DESC";

/** One key that a list is ordered by. Rows without a value come last, in both directions. */
export interface SortKey extends CursorKey {
  expression: Sql;
  direction: Direction;
}

/** A page to cut out of a list, in the list's order whatever `backward` says. */
export interface Slice {
  limit: number;
  /** Rows to pass over first, for pages by number; they are read all the same. */
  skip?: number;
  /** Take the last rows instead of the first. */
  backward: boolean;
  after: CursorValues | null;
  before: CursorValues | null;
}

/** What pages are cut out of. */
export interface KeysetList {
  columns: Sql;
  from: Sql;
  where: Sql;
  keys: readonly SortKey[];
  /** Where the rows without a value of the leading key come from, when not from there. */
  valueless?: { from: Sql; where: Sql };
}

/**
 * Cuts a page out of an ordered list by the values at its ends, never by counting rows (keyset pagination), so that
 * page n costs what page 1 costs and rows that others change do not shift it.
 *
 * The last key must be unique. A nullable leading key parts the list in two segments, rows with and rows without a
 * value, each a range of one plain index (key, id) in either direction; `OR key IS NULL` would walk that index from
 * its start. The second one is read only when the first does not fill the page.
 *
 * @returns a SELECT of `columns`, then each key as text under `key_1`, `key_2`, …: at most limit + 1 rows, in reading
 * order of the scan (reversed when `backward`).
 */
export function keysetSelect(list: KeysetList, slice: Slice): Sql {
  const { keys } = list;
  const limit = rowCount(slice.limit + 1);
  const skip = slice.skip ?? 0;
  const segments = keys[0]?.nullable ? [!slice.backward, slice.backward] : [true];
  const [first, second] = segments.flatMap((hasValue) => {
    const range = segmentRange(keys, slice, hasValue);
    return range ? [{ hasValue, range }] : [];
  });
  if (!first) return sql`SELECT ${list.columns}${keyColumns(keys)} FROM ${list.from} WHERE false`;
  const read = rowCount(slice.limit + 1 + skip);
  const page = segmentSelect(list, first, slice.backward, read);
  const order = keysetOrder(keys, slice.backward);
  if (!second)
    return skip
      ? sql`SELECT * FROM (${page}) page ORDER BY ${order} LIMIT ${limit} OFFSET ${rowCount(skip)}`
      : page;
  const left = sql`${second.range} AND (SELECT count(*) FROM first_segment) < ${read}::bigint`;
  const rest = segmentSelect(list, { ...second, range: left }, slice.backward, read);
  return sql`WITH first_segment AS MATERIALIZED (${page})
    SELECT * FROM (SELECT * FROM first_segment UNION ALL (${rest})) segments
    ORDER BY ${order} LIMIT ${limit} OFFSET ${rowCount(skip)}`;
}

function segmentSelect(
  list: KeysetList,
  { hasValue, range }: { hasValue: boolean; range: Sql },
  backward: boolean,
  limit: Sql,
): Sql {
  // Inside a segment the leading key has a value everywhere or nowhere; naming the place of nulls would only keep the
  // planner from the index.
  const order = list.keys.map((key, index) =>
    orderTerm(key.expression, key, backward, key.nullable && index > 0),
  );
  const { from, where } = hasValue ? list : (list.valueless ?? list);
  return sql`SELECT ${list.columns}${keyColumns(list.keys)} FROM ${from} WHERE ${where}${range} ORDER BY ${join(order)} LIMIT ${limit}`;
}

/** Written into the text: a plan that is kept for all limits would be one for a tenth of the table. */
function rowCount(count: number): Sql {
  if (!Number.isSafeInteger(count)) throw new Error(`${count} is no number of rows.`);
  return raw(String(count));
}

/** Each key twice: as a value to sort segments by, as text for the cursor. */
function keyColumns(keys: readonly SortKey[]): Sql {
  return join(
    keys.map(
      (key, index) =>
        sql`, ${key.expression} AS ${raw(`sort_${index + 1}`)}, (${key.expression})::text AS ${raw(`key_${index + 1}`)}`,
    ),
    "",
  );
}

function orderTerm(expression: Sql, key: SortKey, backward: boolean, placeNulls: boolean): Sql {
  const direction = (key.direction === "ASC") === backward ? "DESC" : "ASC";
  const nulls = placeNulls ? ` NULLS ${backward ? "FIRST" : "LAST"}` : "";
  return sql`${expression} ${raw(direction + nulls)}`;
}

/** @returns the conditions that cut the segment to the slice, or null when none of it is inside. */
function segmentRange(keys: readonly SortKey[], slice: Slice, hasValue: boolean): Sql | null {
  const conditions: Sql[] = [];
  const [leading] = keys;
  if (leading?.nullable)
    conditions.push(sql`${leading.expression} IS ${raw(hasValue ? "NOT NULL" : "NULL")}`);
  for (const [cursor, reversed] of [
    [slice.after, false],
    [slice.before, true],
  ] as const) {
    if (!cursor) continue;
    const cursorHasValue = !leading?.nullable || cursor[0] !== null;
    if (cursorHasValue === hasValue) {
      conditions.push(
        hasValue
          ? beyond(keys, cursor, reversed, true)
          : beyond(keys.slice(1), cursor.slice(1), reversed, false),
      );
    } else if (hasValue !== reversed) {
      // Rows with a value come before a cursor without one, and the other way round.
      return null;
    }
  }
  return conditions.length ? sql` AND ${join(conditions, " AND ")}` : empty;
}

/**
 * Rows strictly after the cursor in the list's order, or before it when `reversed`.
 * @param hasValue whether the first of the keys has a value in every row that is looked at.
 */
function beyond(keys: readonly SortKey[], cursor: CursorValues, reversed: boolean, hasValue: boolean): Sql {
  const operators = keys.map((key) => ((key.direction === "ASC") === reversed ? "<" : ">"));
  const uniform = operators.every((operator) => operator === operators[0]);
  const [leading] = keys;
  const leads = hasValue || !leading?.nullable;
  // Row comparison is one range of a composite index; it knows neither mixed directions nor nulls.
  if (uniform && leads && !keys.slice(1).some((key) => key.nullable)) {
    const values = keys.map((key, index) => value(key, cursor[index] ?? null));
    return sql`(${join(keys.map((key) => key.expression))}) ${raw(operators[0] ?? ">")} (${join(values)})`;
  }
  // The redundant bound on the leading key lets an index begin at the cursor.
  const bound =
    leading && leads
      ? sql`${leading.expression} ${raw(`${operators[0] ?? ">"}=`)} ${value(leading, cursor[0] ?? null)} AND `
      : empty;
  return sql`${bound}${lexicographic(keys, operators, cursor, reversed, 0)}`;
}

function lexicographic(
  keys: readonly SortKey[],
  operators: readonly string[],
  cursor: CursorValues,
  reversed: boolean,
  index: number,
): Sql {
  const key = keys[index];
  const operator = operators[index];
  if (!key || !operator) return sql`false`;
  const at = cursor[index] ?? null;
  const strictly = strictlyBeyond(key, operator, at, reversed);
  if (index === keys.length - 1) return strictly;
  const same = at === null ? sql`${key.expression} IS NULL` : sql`${key.expression} = ${value(key, at)}`;
  return sql`(${strictly} OR (${same} AND ${lexicographic(keys, operators, cursor, reversed, index + 1)}))`;
}

function strictlyBeyond(key: SortKey, operator: string, at: string | null, reversed: boolean): Sql {
  if (at === null) return reversed ? sql`${key.expression} IS NOT NULL` : sql`false`;
  const compared = sql`${key.expression} ${raw(operator)} ${value(key, at)}`;
  return key.nullable && !reversed ? sql`(${compared} OR ${key.expression} IS NULL)` : compared;
}

function value(key: SortKey, text: string | null): Sql {
  return sql`${text}::${raw(key.type)}`;
}

/** @returns the order in which keysetSelect gives its rows, by the columns that it adds: for what joins them. */
export function keysetOrder(keys: readonly SortKey[], backward: boolean): Sql {
  return join(keys.map((key, index) => orderTerm(raw(`sort_${index + 1}`), key, backward, key.nullable)));
}

/** @returns the keys' texts that keysetSelect adds, from the alias: what a cursor is made of. */
export function keysetKeys(keys: readonly SortKey[], alias: string): Sql {
  return raw(keys.map((_, index) => `${alias}.key_${index + 1}`).join(", "));
}
