import type { DataSource } from "typeorm";
import { OperatorError } from "../../shared/errors.js";

/** @returns the error of what cannot be done through a pooler in transaction mode: session locks, temporary tables. */
export function needsSession(what: string): OperatorError {
  return new OperatorError(
    `${what} needs a session, which a pooler in transaction mode does not have: set DATABASE_URL to the address of PostgreSQL itself and DATABASE_POOLER to off for this command.`,
  );
}

/** @returns whether connections keep locks and settings: not behind a pooler in transaction mode. */
export function hasSessions(source: DataSource): boolean {
  const { preparesStatements } = (source.options as { extra?: { preparesStatements?: boolean } }).extra ?? {};
  return preparesStatements !== false;
}
