import { OperatorError, PapergraphError } from "../shared/errors.js";
import { sqlState } from "./import-session.js";

/** SQLSTATEs that an operator can do something about. */
const FAILURES: Record<string, string> = {
  "53100": "the disk of the database is full: free or add space",
  "53200": "the database has not enough memory: give it more, or lower shared_buffers",
  "53300": "the database has no connection left: raise max_connections, or end other programs",
  "42501": "the role of DATABASE_URL lacks a right: it must own the tables, and may make temporary ones",
  "25006": "the database takes no changes: DATABASE_URL must name the primary",
  "57014": "somebody ended the statement in the database",
};

/** @returns why the database ended the import; null when it was not the database. */
export function databaseFailure(error: unknown): string | null {
  if (!(error instanceof Error) || error instanceof OperatorError) return null;
  const { code } = error as { code?: unknown };
  const isLost =
    code === "ECONNRESET" || code === "EPIPE" || error.message.startsWith("Connection terminated");
  if (isLost) return "the connection to the database was lost";
  const state = sqlState(error) ?? sqlState(error.cause ?? error);
  const known = FAILURES[state ?? ""];
  if (known) return known;
  return sqlState(error) || error instanceof PapergraphError ? error.message.replace(/\.$/, "") : null;
}

/** SQLSTATE classes: data exception, integrity constraint violation, program limit exceeded. */
export function isRefusedValue(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? "");
}
