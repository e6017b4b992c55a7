export type JsonObject = Record<string, unknown>;

/** JSON text that may hold a NUL, which PostgreSQL cannot store, or half of a surrogate pair, which is not Unicode. */
const SUSPECT = /\\u(?:0000|d[89a-f])/i;

/**
 * Parses a line. NULs in its strings are taken out and lone surrogates become U+FFFD.
 * @throws SyntaxError for what is not JSON; RangeError for what is nested too deeply to be mended.
 */
export function parseJson(line: string): unknown {
  const value: unknown = JSON.parse(line);
  return SUSPECT.test(line) ? mended(value) : value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How messages call a value of the wrong type. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return (
    { string: "a text", number: "a number", boolean: "a truth value" }[typeof value as string] ?? "an object"
  );
}

/** Whether lists and objects stand in each other more than `levels` deep. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

function mended(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\0", "").toWellFormed();
  if (Array.isArray(value)) return value.map(mended);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mended(key), mended(inner)]));
}
