import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { JsonObject } from "../parse/json.js";

/** A list is a PostgreSQL array, an object is jsonb. */
export type CopyValue = null | string | number | bigint | readonly (string | number)[] | JsonObject;

/** Characters of rows that go to the socket together. */
const CHUNK = 256 * 1024;

/** Sends rows into the columns of a table, in COPY's text format. */
export async function copyRows(
  client: pg.ClientBase,
  label: string,
  target: string,
  rows: Iterable<readonly CopyValue[]>,
): Promise<void> {
  const stream = client.query(copyFrom(`/* ${label} */ COPY ${target} FROM STDIN`));
  await pipeline(Readable.from(chunksOf(rows)), stream);
}

function* chunksOf(rows: Iterable<readonly CopyValue[]>): Generator<Buffer> {
  let chunk = "";
  for (const row of rows) {
    chunk += copyText(row);
    if (chunk.length < CHUNK) continue;
    yield Buffer.from(chunk);
    chunk = "";
  }
  if (chunk) yield Buffer.from(chunk);
}

/** One row in COPY's text format. */
export function copyText(row: readonly CopyValue[]): string {
  return `${row.map(encoded).join("\t")}\n`;
}

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function encoded(value: CopyValue): string {
  if (value === null) return "\\N";
  return textOf(value).replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

function textOf(value: NonNullable<CopyValue>): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  return Array.isArray(value) ? `{${value.map(arrayItem).join(",")}}` : JSON.stringify(value);
}

function arrayItem(value: string | number): string {
  return typeof value === "number" ? String(value) : `"${value.replace(/["\\]/g, "\\$&")}"`;
}
