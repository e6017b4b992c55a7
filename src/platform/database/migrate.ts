import { setTimeout as sleep } from "node:timers/promises";
import { MigrationExecutor, type DataSource, type QueryRunner } from "typeorm";
import { OperatorError } from "../../shared/errors.js";
import { explainMigrationError } from "./check-suitability.js";
import { hasSessions, needsSession } from "./needs-session.js";
import { MIGRATION_LOCK } from "./advisory-locks.js";

/** Milliseconds between two looks whether another instance has finished. */
const LOOK_EVERY = 200;

export interface MigrationPatience {
  /**
   * Milliseconds that a statement waits for a lock. While it waits, everybody who comes later waits behind it: far less
   * than the time after which they give up.
   */
  lockTimeout: number;
  /** Milliseconds between two tries of a migration that did not get its lock. */
  pause: number;
  /** How often it is tried. */
  tries: number;
}

/** Five minutes, of which others wait for a fifth at most. */
const PATIENCE: MigrationPatience = { lockTimeout: 500, pause: 2_000, tries: 120 };

/**
 * Brings the schema up to date. Many instances may start at once: the first migrates, the others wait for it. The old
 * version may serve meanwhile: a migration that does not get a lock at once lets go of all it holds and tries again.
 * @returns the names of the migrations that ran.
 * @throws OperatorError when a lock is not to be had.
 */
export async function migrate(source: DataSource, patience = PATIENCE): Promise<string[]> {
  if (!hasSessions(source)) return refusePending(source);
  const runner = source.createQueryRunner();
  // Put back by value: RESET goes to the role's settings where a statement made the connection's (DATABASE_POOLER).
  const [before] = (await runner.query(
    "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock",
  )) as { statement: string; lock: string }[];
  try {
    await runner.query(`SET statement_timeout = 0; SET lock_timeout = ${patience.lockTimeout};`);
    await lock(runner);
    try {
      return await runPending(source, runner, patience);
    } finally {
      await runner.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    }
  } finally {
    await runner
      .query("SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false)", [
        before?.statement,
        before?.lock,
      ])
      .catch(() => undefined);
    await runner.release();
  }
}

/** Migrations take a lock of their session. @throws OperatorError where some have not run yet. */
async function refusePending(source: DataSource): Promise<string[]> {
  if (await source.showMigrations()) throw needsSession("Migrating the database");
  return [];
}

/** By looking again and again: who waits inside of a statement holds a snapshot, for which CREATE INDEX CONCURRENTLY waits. */
async function lock(runner: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await runner.query("SELECT pg_try_advisory_lock($1) AS ours", [MIGRATION_LOCK])) as {
      ours: boolean;
    }[];
    if (row?.ours) return;
    await sleep(LOOK_EVERY);
  }
}

async function runPending(
  source: DataSource,
  runner: QueryRunner,
  { pause, tries }: MigrationPatience,
): Promise<string[]> {
  const before = await names(source, runner);
  for (let left = tries; ; left--) {
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = "each";
    try {
      await executor.executePendingMigrations();
      return (await names(source, runner)).slice(before.length);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "55P03") throw await explainMigrationError(source, error);
      if (left === 1)
        throw new OperatorError(
          "A migration did not get a lock: a long transaction or another program holds the table. End it (pg_stat_activity names it), then start again; what was migrated so far stays.",
        );
      await sleep(pause);
    }
  }
}

/**
 * An older version may find values and tables that it does not know.
 * @throws OperatorError when a migration ran that this version does not have.
 */
export async function refuseNewerSchema(source: DataSource): Promise<void> {
  const [table] = await source.query<{ found: boolean }[]>(
    "SELECT to_regclass('migrations') IS NOT NULL AS found",
  );
  if (!table?.found) return;
  const ran = await source.query<{ name: string }[]>("SELECT name FROM migrations ORDER BY id");
  const known = new Set(source.migrations.map((migration) => migration.name ?? migration.constructor.name));
  const newer = ran.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (newer.length)
    throw new OperatorError(
      `The database's schema is newer than this version (${newer.join(", ")}): start the version that migrated it or a newer one, or restore the backup that was taken before.`,
    );
}

/** Of the migrations that have run, in their order. */
async function names(source: DataSource, runner: QueryRunner): Promise<string[]> {
  const ran = await new MigrationExecutor(source, runner).getExecutedMigrations();
  return ran.map(({ name }) => name).reverse();
}

/**
 * Makes an index while others write to its table; for migrations with `transaction = false`. What an interrupted try
 * left is dropped first, so it can be run again.
 * @param definition what follows the name: `ON papers (venue, id)`.
 */
export async function createIndexConcurrently(
  db: QueryRunner,
  name: string,
  definition: string,
): Promise<void> {
  const [existing] = (await db.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [
    name,
  ])) as { indisvalid: boolean }[];
  if (existing?.indisvalid) return;
  const [row] = (await db.query("SELECT current_setting('lock_timeout') AS timeout")) as {
    timeout: string;
  }[];
  // It waits for older transactions, and nobody waits for it.
  await db.query("SET lock_timeout = 0");
  try {
    if (existing) await db.query(`DROP INDEX CONCURRENTLY ${name}`);
    await db.query(`CREATE INDEX CONCURRENTLY ${name} ${definition}`);
  } finally {
    await db.query("SELECT set_config('lock_timeout', $1, false)", [row?.timeout]);
  }
}
