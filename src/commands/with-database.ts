import { readConfig, type Config } from "../config/config.js";
import { createStores, type Stores } from "../context/request-context.js";
import { columnsOf } from "../platform/database/columns.js";
import { closeSource, createDataSource, databaseOf, migrate } from "../platform/database/data-source.js";
import { remedyFor } from "../platform/database/driver-errors.js";
import { openDatabase, type OpenDatabase } from "../platform/database/open-database.js";
import { OperatorError, PapergraphError } from "../shared/errors.js";

export interface Opened extends OpenDatabase {
  config: Config;
  db: Stores["db"];
  stores: Stores;
}

/** Runs a command on the database that the configuration names, beside a running server if there is one. */
export async function withDatabase(
  options: { migrated?: boolean; /** That it needs at least. */ connections?: number },
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  const config = readConfig();
  const poolSize = Math.max(config.poolSize, options.connections ?? 1);
  const database = await openDatabase({ ...config, poolSize }, { shared: true });
  try {
    if (options.migrated !== false) await migrate(database.source);
    const db = databaseOf(database.source);
    await work({ ...database, config, db, stores: createStores(db, columnsOf(database.source)) });
  } catch (error) {
    // What is a caller's fault over HTTP is the operator's here.
    if (error instanceof PapergraphError) throw new OperatorError(remedyFor(error) ?? error.message);
    throw error;
  } finally {
    await database.close();
  }
}

/** Does what needs rights over other roles, which the role that serves lacks in the built-in PostgreSQL. */
export async function asAdministrator<T>(
  { administratorUrl, config }: Opened,
  work: (db: Stores["db"]) => Promise<T>,
): Promise<T> {
  const source = createDataSource({ ...config, url: administratorUrl, poolSize: 1 });
  await source.initialize();
  try {
    return await work(databaseOf(source));
  } finally {
    await closeSource(source);
  }
}

/** To standard error: what people read. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** To standard output: the result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
