import { channel } from "node:diagnostics_channel";
import { PapergraphError } from "../../shared/errors.js";

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

/** Published on the channel `papergraph:database-failure` when a caller gets 503 for the database's sake. */
export interface DatabaseFailure {
  /** The SQLSTATE, or the code of the network's error. */
  reason: string;
  /** The driver's or PostgreSQL's own words: for the log of the operator alone. */
  message: string;
  /** Of the statement. */
  label: string;
}

const failures = channel("papergraph:database-failure");

/**
 * @param label of the statement that failed.
 * @returns what a caller may be told; the error itself where it is a fault of ours.
 */
export function translate(error: unknown, label = "connect"): unknown {
  if (error instanceof PapergraphError) {
    if (error.code === "SERVICE_UNAVAILABLE" && error.cause === undefined)
      publishFailure({ reason: "QUEUE_FULL", message: error.message, label });
    return error;
  }
  const state = sqlState(error) ?? (isLostConnection(error) ? "08006" : "");
  const [, code, message] = MEANINGS.find(([states]) => states.test(state)) ?? [];
  if (!code || !message) return error;
  publishFailure({ reason: reasonOf(error), message: (error as Error).message, label });
  const retryAfter = code === "SERVICE_UNAVAILABLE" ? SOON : undefined;
  return Object.assign(new PapergraphError(code, message, undefined, retryAfter), { cause: error });
}

/** @returns the same on a connection that is lent, where whoever has it decides what bad values and lost races mean. */
export function translateLent(error: unknown, label?: string): unknown {
  return isLostRace(error) || /^(22|23|54)/.test(sqlState(error) ?? "") ? error : translate(error, label);
}

/** What an operator does about a database that fails. */
const REMEDIES: [states: RegExp, text: string][] = [
  [/^53100$/, "The disk of the database is full: free some space there, then try again."],
  [/^53200$/, "The database is out of memory: give it more, or set a lower work_mem, then try again."],
  [
    /^53300$/,
    "The database takes no more connections: raise max_connections or the role's CONNECTION LIMIT, or lower DATABASE_POOL_SIZE.",
  ],
  [
    /^(28|3D)/,
    "The database refuses the login: see that user, password and database of DATABASE_URL are right.",
  ],
  [/^57P03$/, "The database is starting up or shutting down: try again when it takes connections."],
];

/** @returns one line for the operator about what failed; null where there is nothing to say beyond the error. */
export function remedyFor(error: unknown): string | null {
  const state = reasonOf(error instanceof PapergraphError ? error.cause : error);
  return REMEDIES.find(([states]) => states.test(state))?.[1] ?? null;
}

/** @returns the SQLSTATE, or the network's code; a lost connection without either is 08006. */
export function reasonOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "08006";
}

function publishFailure(failure: DatabaseFailure): void {
  if (isCallersFault(failure.reason)) return;
  if (failures.hasSubscribers) failures.publish(failure);
}

/** Bad values and conflicts: nothing that an operator could mend. */
function isCallersFault(reason: string): boolean {
  return /^(22|23|54)/.test(reason);
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
