import type { DatabaseSettings } from "../../config/database.config.js";

/** PostgreSQL's settings by name. Times are in milliseconds, as pg_settings has them. */
export type SessionSettings = Readonly<Record<string, string>>;

/** @returns what every connection is set to. */
export function sessionSettings({
  queryTimeout,
  lockTimeout,
  idleInTransactionTimeout,
}: Pick<DatabaseSettings, "queryTimeout" | "lockTimeout" | "idleInTransactionTimeout">): SessionSettings {
  return {
    statement_timeout: String(queryTimeout),
    lock_timeout: String(lockTimeout),
    idle_in_transaction_session_timeout: String(idleInTransactionTimeout),
    // Tables are in public, also where there is a schema of the role's name.
    search_path: "public",
    // Dates are told in UTC.
    TimeZone: "UTC",
    // JIT costs more than it brings for statements of a few milliseconds.
    jit: "off",
    // Many short statements at once: a worker that helps one of them is missing for the others.
    max_parallel_workers_per_gather: "0",
    // Pages are mostly in memory: with the defaults the planner reads a common tag's whole index to save a few rows.
    seq_page_cost: "0.1",
    random_page_cost: "0.12",
  };
}

/** @returns them as the `options` of a startup packet. */
export function asStartupOptions(settings: SessionSettings): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}

/** @returns the statement that sets them on a connection; names and values are ours. */
export function asStatement(settings: SessionSettings): string {
  const calls = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', false)`);
  return `SELECT ${calls.join(", ")}`;
}
