import type pg from "pg";
import type { Sql } from "sql-template-tag";
import { isBroken } from "./driver-errors.js";
import type { ConnectionSource, DatabaseWork } from "./connections/connections.js";

export interface StreamOptions {
  /** Rows that are read at once; two such batches are in memory. */
  batchSize: number;
  /** Ends the statement, even while PostgreSQL works on it. */
  signal: AbortSignal;
  /** Milliseconds for which a reader may leave off; 0 is for ever. */
  idleTimeout: number;
}

/** Milliseconds that PostgreSQL may take for one batch: the first one may have to sort all rows. */
const BATCH_TIMEOUT = 60_000;
/** Milliseconds that the end of the transaction may take. */
const END_TIMEOUT = 5_000;

/**
 * Reads any number of rows in constant memory: a cursor in PostgreSQL, on a connection of its own, from one snapshot.
 * The next batch is read while this one is used, and no further ahead.
 */
export async function* streamRows<Row>(
  connections: ConnectionSource,
  label: string,
  sql: Sql,
  { batchSize, signal: stop, idleTimeout, work }: StreamOptions & { work: DatabaseWork | null },
): AsyncGenerator<Row[]> {
  stop.throwIfAborted();
  const reader = new AbortController();
  const signal = AbortSignal.any([stop, reader.signal, ...(work ? [work.signal] : [])]);
  const lease = await connections.acquire(work);
  const run = async (statement: string | pg.QueryConfig) => {
    const started = performance.now();
    try {
      return await lease.run(statement, { signal, statementTimeout: BATCH_TIMEOUT });
    } finally {
      work?.addSql(performance.now() - started);
    }
  };
  let underWay: Promise<unknown> = Promise.resolve();
  const fetch = () => {
    const batch = run(`FETCH ${Math.trunc(batchSize)} FROM row_stream`);
    // It is awaited later, or never when the reader has gone.
    underWay = batch.catch(() => undefined);
    return batch;
  };
  try {
    await run(
      `BEGIN READ ONLY; SET LOCAL statement_timeout = ${BATCH_TIMEOUT}; SET LOCAL cursor_tuple_fraction = 1;
       SET LOCAL idle_in_transaction_session_timeout = ${Math.trunc(idleTimeout)}`,
    );
    await run({
      text: `/* ${label} */ DECLARE row_stream NO SCROLL CURSOR FOR ${sql.text}`,
      values: sql.values,
    });
    for (let batch = fetch(); ;) {
      const { rows } = await batch;
      const isLast = rows.length < batchSize;
      if (!isLast) batch = fetch();
      if (rows.length) yield rows as Row[];
      if (isLast) break;
    }
  } finally {
    // Where reading stopped midway, the batch that is on its way is cancelled before the connection is given back.
    reader.abort();
    await underWay;
    const left = await lease
      .run("ROLLBACK", { signal: undefined, statementTimeout: END_TIMEOUT })
      .catch((error: unknown) => error as Error);
    lease.release(left instanceof Error && isBroken(left));
  }
}
