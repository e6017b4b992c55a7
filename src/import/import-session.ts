import type pg from "pg";
import sql, { raw } from "sql-template-tag";
import type { Database } from "../database/database.js";
import { OperatorError } from "../errors.js";
import { createStaging } from "./staging.js";

/** Any number that no other program locks with: one import at a time. */
const IMPORT_LOCK = 7_274_015;

/** The server looks every second whether this process still lives, so a killed import frees the lock well before this. */
const LOCK_TIMEOUT = "5s";

/** A connection that serves requests gives up early; an import must not. Memory is taken only as far as needed. */
const SETTINGS = {
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  work_mem: "64MB",
  maintenance_work_mem: "256MB",
  gin_pending_list_limit: "1GB",
};

/** How often a batch is tried that lost against another transaction. */
const TRIES = 5;

/** One connection that imports, with its settings and temporary tables, while no other one does. */
export interface ImportSession {
  db: Database;
  client: pg.ClientBase;
}

/** @throws OperatorError when another import is running. */
export async function withImportSession<T>(db: Database, work: (session: ImportSession) => Promise<T>): Promise<T> {
  return db.connected(async (client) => {
    const held = db.on(client);
    await lock(held);
    try {
      for (const [name, value] of Object.entries(SETTINGS)) await held.query("import.set", raw(`SET ${name} = '${value}'`));
      await createStaging(held);
      return await work({ db: held, client });
    } finally {
      // Where this fails, the connection is broken, and all that it undoes is gone with it.
      await giveBack(held).catch(() => undefined);
    }
  });
}
