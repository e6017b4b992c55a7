import { createHash } from "node:crypto";
import { PapergraphError, badInput } from "../errors.js";
import { isDay } from "../dates.js";

/** A place in an ordered list: the values of its sort keys as Postgres prints them, null for a key without value. */
export type CursorValues = (string | null)[];

/** What a cursor is bound to; any data that decides which list it is and how it is ordered. */
export type Fingerprint = string;

/** 48 bits: a cursor of another list is told from one's own; nobody has to be kept out. */
export function fingerprint(list: unknown): Fingerprint {
  return createHash("sha256").update(JSON.stringify(list)).digest("base64url").slice(0, 8);
}

export function encodeCursor(list: Fingerprint, values: CursorValues): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString("base64url");
}

/**
 * @param keys the list's sort keys.
 * @throws BAD_CURSOR for a cursor of another list; BAD_USER_INPUT for a text that never was a cursor.
 */
export function decodeCursor(
  cursor: string,
  list: Fingerprint,
  keys: readonly CursorKey[],
  argument: string,
): CursorValues {
  const parts = parse(cursor);
  if (!parts)
    throw badInput(
      argument,
      "takes a cursor that this API gave: an edge's `cursor`, or `startCursor` or `endCursor` of `pageInfo`.",
    );
  const [bound, ...values] = parts;
  if (bound !== list) {
    throw new PapergraphError(
      "BAD_CURSOR",
      `${argument}: this cursor belongs to another search, filter or order. Start again without it.`,
      argument,
    );
  }
  if (values.length !== keys.length || !values.every((value, index) => isValue(value, keys[index]))) {
    throw badInput(argument, "takes a cursor as this API gave it; this one was changed.");
  }
  return values;
}

/** What a cursor's value must be. */
export interface CursorKey {
  type: SortKeyType;
  nullable: boolean;
}

export type SortKeyType = "integer" | "bigint" | "double precision" | "timestamptz" | "text";

const VALUE: Record<SortKeyType, RegExp> = {
  integer: /^-?\d{1,9}$|^-?1\d{9}$|^-?20\d{8}$|^-?21[0-3]\d{7}$/,
  bigint: /^-?\d{1,18}$/,
  "double precision": /^-?\d{1,20}(\.\d{1,20})?(e[+-]\d{1,2})?$/,
  timestamptz: /^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?\+00$/,
  text: /^[^\0]{0,1000}$/,
};

/** A changed cursor must not reach SQL with a value that its key cannot have: the cast would fail there. */
function isValue(value: string | null, key: CursorKey | undefined): boolean {
  if (!key) return false;
  if (value === null) return key.nullable;
  if (!VALUE[key.type].test(value) || !value.isWellFormed()) return false;
  return key.type !== "timestamptz" || isDay(value.slice(0, 10));
}

function parse(cursor: string): [string, ...CursorValues] | null {
  if (cursor.length > 8_000 || !/^[\w-]+$/.test(cursor)) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (!Array.isArray(parts) || typeof parts[0] !== "string") return null;
    return parts.every((part) => part === null || typeof part === "string")
      ? (parts as [string, ...CursorValues])
      : null;
  } catch {
    return null;
  }
}
