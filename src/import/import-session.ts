import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import sql, { raw } from "sql-template-tag";
import { IMPORT_LOCK } from "../platform/database/advisory-locks.js";
import type { Database } from "../platform/database/database.js";
import { OperatorError } from "../shared/errors.js";
import { createStaging } from "./merge/staging.js";

/** In milliseconds. The connection of an import that was killed may last a second longer than it; see CLIENT_CHECK. */
const LOCK_TIMEOUT = 5_000;
const LOCK_INTERVAL = 250;

/** A connection that serves requests gives up early; one that imports must not. Memory is taken as far as needed. */
const SETTINGS = {
  lock_timeout: "0",
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  work_mem: "64MB",
  maintenance_work_mem: "256MB",
  // READ_ABSTRACTS is worth other processes even for few rows.
  max_parallel_workers_per_gather: "2",
  parallel_setup_cost: "0",
  parallel_tuple_cost: "0",
  min_parallel_index_scan_size: "0",
  min_parallel_table_scan_size: "0",
  // The importer itself empties the lists, once a batch.
  gin_pending_list_limit: "1GB",
};

/** PostgreSQL can look whether this process still lives, but not on every system. */
const CLIENT_CHECK = { client_connection_check_interval: "1s" };

const TRIES = 5;

/** One connection that imports, while no other one does. */
export interface ImportSession {
  db: Database;
  client: pg.ClientBase;
  /**
   * Runs `work` in one transaction, which keeps all or nothing. The batches of the session that `work` gets are parts of
   * that transaction, and can still be undone by themselves.
   */
  atOnce<T>(work: (session: ImportSession) => Promise<T>): Promise<T>;
  /** Runs `work` in a transaction, or in a part of one; all of it is tried again when it lost against another one. */
  batch<T>(work: () => Promise<T>): Promise<T>;
}

/** Another import into the same database is running. */
export class ImportRunningError extends OperatorError {
  constructor() {
    super("Another import into this database is running: wait until it has ended.");
  }
}

/** @throws ImportRunningError */
export async function withImportSession<T>(
  pool: Database,
  work: (session: ImportSession) => Promise<T>,
): Promise<T> {
  return pool.connected(async (client, db) => {
    const before = await settingsOf(db);
    try {
      await lock(db);
      await set(db, CLIENT_CHECK).catch(() => undefined);
      await set(db, SETTINGS);
      await createStaging(db);
      return await work(sessionOn(db, client));
    } finally {
      // Where this fails the connection is broken, and what it undoes went with it.
      await giveBack(db, before).catch(() => undefined);
    }
  });
}

function sessionOn(db: Database, client: pg.ClientBase, enclosure = TRANSACTION): ImportSession {
  return {
    db,
    client,
    // Never tried again: standard input cannot be read twice.
    atOnce: (work) =>
      enclosed(db, TRANSACTION, { tries: 1, work: () => work(sessionOn(db, client, SAVEPOINT)) }),
    batch: (work) => enclosed(db, enclosure, { tries: TRIES, work }),
  };
}

async function lock(db: Database): Promise<void> {
  const started = performance.now();
  for (;;) {
    const row = await db.first<{ ours: boolean }>(
      "import.lock",
      sql`SELECT pg_try_advisory_lock(${IMPORT_LOCK}) AS ours`,
    );
    if (row?.ours) return;
    if (performance.now() - started > LOCK_TIMEOUT) break;
    await sleep(LOCK_INTERVAL);
  }
  throw new ImportRunningError();
}

async function set(db: Database, settings: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await db.query("import.set", raw(`SET ${name} = '${value}'`));
}

/** PostgreSQL's settings that an import changes, as the connection has them. */
function settingsOf(db: Database): Promise<{ name: string; value: string }[]> {
  return db.query(
    "import.settings",
    sql`SELECT name, current_setting(name) AS value FROM pg_settings
        WHERE name = ANY(${Object.keys({ ...CLIENT_CHECK, ...SETTINGS })})`,
  );
}

/** Settings are put back by value: RESET goes to the role's where a statement made the connection's (DATABASE_POOLER). */
async function giveBack(db: Database, before: { name: string; value: string }[]): Promise<void> {
  await db.query("import.unlock", sql`SELECT pg_advisory_unlock_all()`);
  await db.query("import.discard", raw("DISCARD TEMP"));
  for (const { name, value } of before)
    await db.query("import.putBack", sql`SELECT set_config(${name}, ${value}, false)`);
}

/** What encloses work: a transaction, or a part of one that can be undone by itself. */
const TRANSACTION = { begin: "BEGIN", keep: "COMMIT", undo: "ROLLBACK" };
const SAVEPOINT = {
  begin: "SAVEPOINT batch",
  keep: "RELEASE batch",
  undo: "ROLLBACK TO batch; RELEASE batch",
};

async function enclosed<T>(
  db: Database,
  { begin, keep, undo }: typeof TRANSACTION,
  { tries, work }: { tries: number; work: () => Promise<T> },
): Promise<T> {
  for (let left = tries; ; left--) {
    await db.query("import.begin", raw(begin));
    try {
      const result = await work();
      await db.query("import.keep", raw(keep));
      return result;
    } catch (error) {
      await db.query("import.undo", raw(undo)).catch(() => undefined);
      const isLostRace = ["40001", "40P01"].includes(sqlState(error) ?? "");
      if (!isLostRace || left === 1) throw error;
    }
  }
}

/** The SQLSTATE of the driver's errors, such as 22P05; undefined for others. */
export function sqlState(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
