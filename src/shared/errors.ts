import { withShortEchoes } from "./truncate-message.js";

/** Every code that a caller can meet, with the HTTP status that says the same. */
const STATUS = {
  BAD_USER_INPUT: 400,
  BAD_CURSOR: 400,
  QUERY_TOO_COMPLEX: 400,
  DOCUMENT_NOT_TRUSTED: 403,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  QUERY_TIMEOUT: 503,
  SERVICE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

/**
 * An error made for the caller's eyes: `message` says what was wrong and what is allowed. Its two faces, GraphQL's
 * `extensions.code` and the HTTP status, are read in graphql/format-error.ts and in the REST door; anything else that
 * is thrown is masked there.
 */
export class PapergraphError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** The argument at fault, as a path: `filter.and[0].year`. */
    readonly argument?: string,
    /** Seconds after which it is worth trying again. */
    readonly retryAfter?: number,
    /** What else GraphQL tells in the error's extensions. */
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(withShortEchoes(message));
    this.name = "PapergraphError";
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** @returns the error for a bad argument; the message begins with its path. */
export function badInput(argument: string, allowed: string): PapergraphError {
  return new PapergraphError("BAD_USER_INPUT", `${argument}: ${allowed}`, argument);
}

/** @returns the error for a thing that is not there; `what` names it: `paper "2401.00001"`, `argument` who asked for it. */
export function notFound(what: string, argument?: string): PapergraphError {
  return new PapergraphError("NOT_FOUND", `There is no ${what}.`, argument);
}

/** A failure told to the person at the terminal: one line that says what to do. The process ends with `exitCode`. */
export class OperatorError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
    this.name = "OperatorError";
  }
}
