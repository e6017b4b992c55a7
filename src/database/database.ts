import { channel } from "node:diagnostics_channel";
import type pg from "pg";
import type { Sql } from "sql-template-tag";
import { PapergraphError } from "../errors.js";
import { statementName } from "./statement-names.js";
import { streamRows, type StreamOptions } from "./row-stream.js";

/** What is published on the channel `papergraph:statement` when a statement has ended. */
export interface StatementEvent {
  label: string;
  milliseconds: number;
  failed: boolean;
}

/** How a pool of connections is used at the moment. */
export interface PoolState {
  max: number;
  total: number;
  idle: number;
  /** Statements that wait for a connection. */
  waiting: number;
}

export interface QueryOptions {
  prepared?: "label" | "text";
}

const statements = channel("papergraph:statement");

/** How often a transaction is tried that lost against another one (40001 serialization failure, 40P01 deadlock). */
const TRANSACTION_TRIES = 5;

/**
 * The one way to Postgres: labelled, parametrised statements over a pool, or over one connection inside `transaction`.
 * The label is the store method (`papers.list`); it stands in front of the SQL as a comment, so that
 * pg_stat_statements, logs and metrics name the code.
 */
export class Database {
  constructor(
    private readonly pool: pg.Pool,
    private readonly client?: pg.ClientBase,
    private readonly onStatement?: (event: StatementEvent) => void,
  ) {}

  /** The same database, for one request: `listener` is told of each statement that goes this way. */
  heardBy(listener: (event: StatementEvent) => void): Database {
    return new Database(this.pool, this.client, listener);
  }

  /** What tells databases apart, whoever listens: to remember something of one. */
  get identity(): object {
    return this.pool;
  }

  /**
   * @param options.prepared keeps the plan on the connection, only for statements whose plan does not depend on their
   * values: "label" for a text that never changes; "text" for one that has a few forms, when it comes often.
   * @returns the rows, with the column names as selected.
   * @throws PapergraphError QUERY_TIMEOUT or SERVICE_UNAVAILABLE; the driver's error for everything else.
   */
  async query<Row>(label: string, sql: Sql, options: QueryOptions = {}): Promise<Row[]> {
    const started = performance.now();
    let failed = true;
    try {
      const result = await (this.client ?? this.pool).query({
        text: `/* ${label} */ ${sql.text}`,
        values: sql.values,
        name: options.prepared === "text" ? statementName(label, sql.text) : options.prepared && label,
      });
      failed = false;
      return result.rows as Row[];
    } catch (error) {
      throw translate(error);
    } finally {
      this.tell(label, started, failed);
    }
  }

  /** @returns the first row, or null when there is none. */
  async first<Row>(label: string, sql: Sql, options: QueryOptions = {}): Promise<Row | null> {
    const rows = await this.query<Row>(label, sql, options);
    return rows[0] ?? null;
  }

  /** Reads any number of rows, batch by batch, in constant memory; see `streamRows`. Told as one statement, with its reader's time. */
  async *stream<Row>(label: string, sql: Sql, options: StreamOptions): AsyncGenerator<Row[]> {
    const started = performance.now();
    let failed = true;
    try {
      yield* streamRows<Row>(this.pool, label, sql, options);
      failed = false;
    } catch (error) {
      throw translate(error);
    } finally {
      this.tell(label, started, failed && !options.signal.aborted);
    }
  }

  /** How many connections there are at most. */
  get poolSize(): number {
    return this.pool.options.max;
  }

  get poolState(): PoolState {
    const { options, totalCount, idleCount, waitingCount } = this.pool;
    return { max: options.max, total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  /** Runs `work` on one connection in one transaction; all of it is tried again when it lost against another one. */
  async transaction<T>(work: (db: Database) => Promise<T>): Promise<T> {
    if (this.client) return work(this);
    for (let tries = 1; ; tries++) {
      try {
        return await this.connected((client) => inTransaction(client, () => work(this.on(client))));
      } catch (error) {
        if (tries === TRANSACTION_TRIES || !isLostRace(error)) throw error;
      }
    }
  }

  /** Lends one connection, for what needs the driver itself: COPY, session locks. */
  async connected<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = isBroken(error);
      throw error;
    } finally {
      // Only a connection that surely is whole goes back to the pool.
      client.release(broken);
    }
  }

  /** The same statements over a connection that is already held. */
  on(client: pg.ClientBase): Database {
    return new Database(this.pool, client, this.onStatement);
  }

  private tell(label: string, started: number, failed: boolean): void {
    if (!this.onStatement && !statements.hasSubscribers) return;
    const event: StatementEvent = { label, milliseconds: performance.now() - started, failed };
    this.onStatement?.(event);
    statements.publish(event);
  }
}

async function inTransaction<T>(client: pg.PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function isLostRace(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

/** Connection exceptions (08), too many connections (53), the server going away (57P). */
const UNAVAILABLE = /^(08|53|57P)/;
/** lock_timeout passed. */
const LOCK_NOT_AVAILABLE = "55P03";
const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
]);

function translate(error: unknown): unknown {
  if (error instanceof PapergraphError) return error;
  const state = sqlState(error);
  if (state === "57014") {
    return new PapergraphError(
      "QUERY_TIMEOUT",
      "The query took too long and was ended. Ask for less: fewer fields, a narrower filter.",
    );
  }
  if (state === LOCK_NOT_AVAILABLE) {
    return new PapergraphError(
      "SERVICE_UNAVAILABLE",
      "Others are changing the same thing at the moment. Try again shortly.",
    );
  }
  if (state ? UNAVAILABLE.test(state) : isLostConnection(error)) {
    return new PapergraphError(
      "SERVICE_UNAVAILABLE",
      "The database cannot be reached at the moment. Try again shortly.",
    );
  }
  return error;
}

function isBroken(error: unknown): boolean {
  if (error instanceof PapergraphError) return error.code === "SERVICE_UNAVAILABLE";
  const state = sqlState(error);
  return state === undefined || UNAVAILABLE.test(state);
}

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    (typeof code === "string" && NETWORK.has(code)) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
      error.message,
    )
  );
}
