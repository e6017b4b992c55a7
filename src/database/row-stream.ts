import type pg from "pg";
import type { Sql } from "sql-template-tag";

export interface StreamOptions {
  /** Rows that are read at once; two such batches are in memory. */
  batchSize: number;
  /** Ends the statement, even while PostgreSQL works on it. */
  signal: AbortSignal;
  /** Milliseconds for which a reader may leave off; 0 is for ever. */
  idleTimeout: number;
}

/**
 * Reads any number of rows in constant memory: a cursor in PostgreSQL, on a connection of its own, from one snapshot.
 * The next batch is read while this one is used, and no further ahead. No statement timeout holds.
 */
export async function* streamRows<Row>(
  pool: pg.Pool,
  label: string,
  sql: Sql,
  { batchSize, signal, idleTimeout }: StreamOptions,
): AsyncGenerator<Row[]> {
  signal.throwIfAborted();
  const client = await pool.connect();
  let isClean = false;
  let cancel: () => void = () => undefined;
  // Unheard, the event of a connection that is lost while nothing runs on it would end the process.
  const onLoss = () => undefined;
  client.on("error", onLoss);
  try {
    const { rows: pids } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    cancel = () => {
      pool.query("SELECT pg_cancel_backend($1)", [pids[0]?.pid]).catch(() => undefined);
    };
    signal.addEventListener("abort", cancel, { once: true });
    await client.query(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL cursor_tuple_fraction = 1;
       SET LOCAL idle_in_transaction_session_timeout = ${Math.trunc(idleTimeout)}`,
    );
    signal.throwIfAborted();
    await client.query({
      text: `/* ${label} */ DECLARE row_stream NO SCROLL CURSOR FOR ${sql.text}`,
      values: sql.values,
    });
    const fetch = () => {
      const batch = client.query(`FETCH ${Math.trunc(batchSize)} FROM row_stream`);
      // It is awaited later, or never when the reader has gone.
      batch.catch(() => undefined);
      return batch;
    };
    for (let next = fetch(); ;) {
      const { rows } = await next;
      const isLast = rows.length < batchSize;
      if (!isLast) next = fetch();
      if (rows.length) yield rows as Row[];
      if (isLast) break;
    }
    await client.query("COMMIT");
    isClean = true;
  } finally {
    signal.removeEventListener("abort", cancel);
    client.off("error", onLoss);
    // Where reading stopped midway the connection goes, and its cursor with it.
    client.release(!isClean);
  }
}
