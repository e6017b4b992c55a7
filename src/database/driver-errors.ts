import { PapergraphError } from "../errors.js";

/** Seconds after which a database that was lost may be back, or a lock be free. */
const SOON = 2;

/** Connection exceptions (08), a login that is refused (28), no such database (3D), too many connections (53), the server going away (57P). */
const UNAVAILABLE = /^(08|28|3D|53|57P)/;
const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

type Translation = [states: RegExp, code: ConstructorParameters<typeof PapergraphError>[0], message: string];

/** What SQLSTATEs mean to callers. The database's own words never leave the server: they repeat values and name tables. */
const MEANINGS: Translation[] = [
  [
    /^57014$/,
    "QUERY_TIMEOUT",
    "The query took too long and was ended. Ask for less: fewer fields, a narrower filter.",
  ],
  [
    /^(55P03|40001|40P01)$/,
    "SERVICE_UNAVAILABLE",
    "Others are changing the same thing at the moment. Try again shortly.",
  ],
  [/^25P0[34]$/, "SERVICE_UNAVAILABLE", "This took too long and was ended. Try again shortly."],
  [/^25006$/, "SERVICE_UNAVAILABLE", "Nothing can be changed at the moment. Try again shortly."],
  [UNAVAILABLE, "SERVICE_UNAVAILABLE", "The database cannot be reached at the moment. Try again shortly."],
  [
    /^(22001|22003|22007|22008|22021|22P02|22P05|54...)$/,
    "BAD_USER_INPUT",
    "A value of this request is larger than it may be, or not of its kind.",
  ],
  [/^(23505|23503)$/, "CONFLICT", "Somebody else has just changed this. Look at it again."],
];

/** @returns what a caller may be told; the error itself where it is a fault of ours. */
export function translate(error: unknown): unknown {
  if (error instanceof PapergraphError) return error;
  const state = sqlState(error) ?? (isLostConnection(error) ? "08006" : "");
  const [, code, message] = MEANINGS.find(([states]) => states.test(state)) ?? [];
  if (!code || !message) return error;
  const retryAfter = code === "SERVICE_UNAVAILABLE" ? SOON : undefined;
  return Object.assign(new PapergraphError(code, message, undefined, retryAfter), { cause: error });
}

/** @returns the same on a connection that is lent, where whoever has it decides what bad values and lost races mean. */
export function translateLent(error: unknown): unknown {
  return isLostRace(error) || /^(22|23|54)/.test(sqlState(error) ?? "") ? error : translate(error);
}

/** Whether it lost against another transaction (serialization failure, deadlock): trying again is the remedy. */
export function isLostRace(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

/** Whether the connection may be of no more use. */
export function isBroken(error: unknown): boolean {
  const cause = error instanceof PapergraphError ? error.cause : error;
  // Refused before the database was asked.
  if (cause === undefined) return false;
  const state = sqlState(cause);
  return state === undefined || UNAVAILABLE.test(state) || /^25P0[34]$/.test(state);
}

/** The five characters by which PostgreSQL tells errors apart. */
function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.has(code) ? code : undefined;
}

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    (typeof code === "string" && NETWORK.has(code)) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
      error.message,
    )
  );
}
