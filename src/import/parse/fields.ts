import { PapergraphError } from "../../shared/errors.js";
import { MAX_TEXT } from "../../papers/paper-limits.js";
import { isWebAddress } from "../../shared/absolute-url.js";
import { parseMoment } from "../../shared/dates.js";
import { isDeeperThan, isObject, kindOf, type JsonObject } from "./json.js";

/** Why a line is not taken; the message names the key at fault. */
export class Rejection extends Error {}

/** Leaves every counter room below PostgreSQL's integer (2,147,483,647) for what is added here. */
const MAX_COUNT = 1_000_000_000;

/** No browser follows longer ones. */
const MAX_URL = 4_000;

/** What is stored as it came must stay readable for recursive programs, PostgreSQL's jsonb among them. */
const MAX_DEPTH = 32;

/**
 * Reads the keys of one JSON object by what they must be. An absent key and null are unknown: null. A value of another
 * type is not guessed at but a Rejection. `rest` has what nobody asked for.
 */
export class Fields {
  private readonly asked = new Set<string>();

  /** @param path how messages call the object: "paper.", or "" for the line itself. */
  constructor(
    private readonly object: JsonObject,
    private readonly path: string,
  ) {}

  /** Without white space around it; a text of nothing else says nothing: null. */
  text(key: string): string | null {
    const value = this.take(key);
    return value == null ? null : trimmed(value, this.path + key, MAX_TEXT);
  }

  /** A text on one line: any white space in it is one space. */
  line(key: string, max: number): string | null {
    const value = this.take(key);
    return value == null ? null : oneLine(value, this.path + key, max);
  }

  /** An address that is no web address, such as one that runs a script, is left out. */
  url(key: string): string | null {
    const text = this.line(key, MAX_URL);
    return text !== null && isWebAddress(text) ? text : null;
  }

  /** The address of an avatar, which may be a path on the source's own site. */
  avatar(key: string): string | null {
    const text = this.line(key, MAX_URL);
    return text !== null && (isWebAddress(text) || /^\/(?![/\\])/.test(text)) ? text : null;
  }

  count(key: string): number | null {
    const value = this.take(key);
    if (value == null) return null;
    const isCount = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT;
    if (!isCount)
      throw wrongType(this.path + key, value, `a whole number from 0 to ${MAX_COUNT.toLocaleString("en")}`);
    return value as number;
  }

  /** As ISO 8601 in UTC. */
  moment(key: string): string | null {
    const text = this.line(key, 100);
    if (text === null) return null;
    try {
      return parseMoment(text, this.path + key).toISOString();
    } catch (error) {
      throw error instanceof PapergraphError ? new Rejection(error.message) : error;
    }
  }

  /**
   * Texts on one line each; empty ones are left out.
   * @param max characters of each @param most entries.
   */
  lines(key: string, max: number, most: number): string[] | null {
    const texts = this.items(key, most)?.map((value, index) =>
      oneLine(value, `${this.path}${key}[${index}]`, max),
    );
    return texts?.filter((text) => text !== null) ?? null;
  }

  /** As `url`, each. */
  urls(key: string, most: number): string[] | null {
    return this.lines(key, MAX_URL, most)?.filter(isWebAddress) ?? null;
  }

  fields(key: string): Fields | null {
    const value = this.take(key);
    return value == null ? null : fieldsOf(value, this.path + key);
  }

  list(key: string, most: number): Fields[] | null {
    return (
      this.items(key, most)?.map((value, index) => fieldsOf(value, `${this.path}${key}[${index}]`)) ?? null
    );
  }

  /** What was not asked for, as it came; `except` leaves further keys out. */
  rest(except: (key: string) => boolean = () => false): JsonObject {
    const left: [string, unknown][] = [];
    for (const key of Object.keys(this.object)) {
      const value = this.object[key];
      if (value === null || this.asked.has(key) || except(key)) continue;
      if (isDeeperThan(MAX_DEPTH, value)) {
        throw new Rejection(`${this.path}${key} is nested more than ${MAX_DEPTH} levels deep`);
      }
      left.push([key, value]);
    }
    return Object.fromEntries(left);
  }

  /** The rejection of this object for want of a key. */
  missing(key: string): Rejection {
    return new Rejection(`no ${this.path}${key}`);
  }

  private take(key: string): unknown {
    this.asked.add(key);
    return this.object[key];
  }

  private items(key: string, most: number): unknown[] | null {
    const value = this.take(key);
    if (value == null) return null;
    if (!Array.isArray(value)) throw wrongType(this.path + key, value, "a list");
    if (value.length > most) throw new Rejection(`${this.path}${key} has more than ${most} entries`);
    return value as unknown[];
  }
}

function fieldsOf(value: unknown, path: string): Fields {
  if (!isObject(value)) throw wrongType(path, value, "an object");
  return new Fields(value, `${path}.`);
}

/** White space that is not one plain space. Most texts have none, and looking is cheaper than replacing. */
const RAGGED = /\s{2}|[^\S ]/;

function oneLine(value: unknown, path: string, max: number): string | null {
  const isRagged = typeof value === "string" && RAGGED.test(value);
  return trimmed(isRagged ? value.replace(/\s+/g, " ") : value, path, max);
}

function trimmed(value: unknown, path: string, max: number): string | null {
  if (typeof value !== "string") throw wrongType(path, value, "a text");
  const text = value.trim();
  if (text.length > max) throw new Rejection(`${path} is longer than ${max} characters`);
  return text || null;
}

function wrongType(path: string, value: unknown, wanted: string): Rejection {
  return new Rejection(
    `${path} is ${typeof value === "number" ? String(value) : kindOf(value)}, not ${wanted}`,
  );
}
