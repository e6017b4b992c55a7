import { channel } from "node:diagnostics_channel";
import type pg from "pg";
import type { Sql } from "sql-template-tag";
import { isBroken, isLostRace, translate, translateLent } from "./driver-errors.js";
import { refuseBeyond } from "./queue.js";
import { statementName } from "./statement-names.js";
import { streamRows, type StreamOptions } from "./row-stream.js";
import type { RequestWork } from "../work/request-work.js";

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

/** How often a statement or transaction is tried that lost against another one (40001 serialization failure, 40P01 deadlock). */
const TRIES = 5;

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
    private readonly work: RequestWork | null = null,
  ) {}

  /** The same database, for one request: `listener` is called for each statement that goes this way, which is part of `work`. */
  heardBy(listener: (event: StatementEvent) => void, work: RequestWork | null = null): Database {
    return new Database(this.pool, this.client, listener, work);
  }

  /** The request's work that the statements are part of; null where no request asks. */
  get requestWork(): RequestWork | null {
    return this.work;
  }

  /** What tells databases apart, whoever listens: to remember something of one. */
  get identity(): object {
    return this.pool;
  }

  /**
   * @param options.prepared keeps the plan on the connection, only for statements whose plan does not depend on their
   * values: "label" for a text that never changes; "text" for one that has a few forms, when it comes often.
   * @returns the rows, with the column names as selected.
   * @throws PapergraphError where `translate` knows what happened; the driver's error for everything else.
   */
  async query<Row>(label: string, sql: Sql, options: QueryOptions = {}): Promise<Row[]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.ask<Row>(label, sql, options);
      } catch (error) {
        if (this.client) throw translateLent(error);
        if (tries === TRIES || !isLostRace(error)) throw translate(error);
      }
    }
  }

  private async ask<Row>(label: string, sql: Sql, options: QueryOptions): Promise<Row[]> {
    this.work?.check();
    if (!this.client) refuseBeyond(this.pool);
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
      refuseBeyond(this.pool);
      yield* streamRows<Row>(this.pool, label, sql, options);
      failed = false;
    } catch (error) {
      throw translate(error);
    } finally {
      this.tell(label, started, failed && !options.signal.aborted);
    }
  }

  /** To be asked before a request's work begins. @throws SERVICE_UNAVAILABLE beside too many that are `underWay`. */
  admit(underWay: number): void {
    refuseBeyond(this.pool, { underWay });
  }

  /** @returns how many connections a kind of long work may take that wants so many: a third, so that two kinds leave one. */
  shareOf(wanted: number): number {
    return Math.max(1, Math.min(wanted, Math.floor(this.pool.options.max / 3)));
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
        if (tries === TRIES || !isLostRace(error)) throw translate(error);
      }
    }
  }

  /** Lends one connection, for what needs the driver itself: COPY, session locks. */
  async connected<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    refuseBeyond(this.pool);
    const client = await this.pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    let broken = false;
    // Unheard, the event of a connection that is lost while nothing runs on it would end the process.
    const onLoss = () => {
      broken = true;
    };
    client.on("error", onLoss);
    try {
      return await work(client);
    } catch (error) {
      broken ||= isBroken(error);
      throw error;
    } finally {
      client.off("error", onLoss);
      // Only a connection that surely is whole goes back to the pool.
      client.release(broken);
    }
  }

  /** The same statements over a connection that is already held. */
  on(client: pg.ClientBase): Database {
    return new Database(this.pool, client, this.onStatement, this.work);
  }

  private tell(label: string, started: number, failed: boolean): void {
    const milliseconds = performance.now() - started;
    this.work?.addSql(milliseconds);
    if (!this.onStatement && !statements.hasSubscribers) return;
    const event: StatementEvent = { label, milliseconds, failed };
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
