import { PapergraphError } from "../errors.js";
import { parseMoment } from "../shared/dates.js";

/** Why a line is not taken; the message names the key at fault. */
export class Rejection extends Error {}

export type JsonObject = Record<string, unknown>;

/** Leaves every counter room below PostgreSQL's integer (2,147,483,647) for what is added here. */
const MAX_COUNT = 1_000_000_000;

/** The longest abstract known has 5,000 characters; a tsvector holds 1 MB. */
export const MAX_TEXT = 100_000;

/** Longer ones are not links that a browser follows. */
const MAX_URL = 4_000;

/** Deeper JSON than any source has would overflow the stack of whoever walks through it. */
const MAX_DEPTH = 32;

/** JSON text that may hold a NUL, which PostgreSQL cannot store, or half of a surrogate pair, which is not Unicode. */
const SUSPECT = /\\u(?:0000|d[89a-f])/i;

/** @throws Rejection unless the line is a JSON object. NULs are taken out and lone surrogates become U+FFFD. */
export function parseLine(line: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const place = /at position \d+/.exec(String(error))?.[0];
    throw new Rejection(place ? `not JSON: stops making sense ${place}` : "not JSON");
  }
  if (!isObject(value)) throw new Rejection(`the line is ${kindOf(value)}, not an object`);
  return SUSPECT.test(line) ? (mended(value, 0) as JsonObject) : value;
}

/**
 * Reads the keys of one JSON object by what they must be. A key that is absent or null is unknown: null. What is of
 * the wrong type is not guessed at: Rejection. `rest` has what nobody asked for.
 */
export class Fields {
  private readonly read = new Set<string>();

  constructor(
    private readonly object: JsonObject,
    /** How messages call the object: "paper.", or "" for the line itself. */
    private readonly path: string,
  ) {}

  /** Without white space around it; an empty text says nothing: null. */
  text(key: string, max = MAX_TEXT): string | null {
    const value = this.take(key);
    if (value == null) return null;
    if (typeof value !== "string") throw this.wrong(key, value, "a text");
    const text = value.trim();
    if (text.length > max) throw this.tooLong(key, max);
    return text || null;
  }

  /** A text of one line: any white space in it is one space. */
  line(key: string, max: number): string | null {
    return (
      this.text(key)
        ?.replace(/\s+/g, " ")
        .slice(0, max + 1)
        .replace(/^(.*)$/s, (line) => {
          if (line.length > max) throw this.tooLong(key, max);
          return line;
        }) ?? null
    );
  }
}
