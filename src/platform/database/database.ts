import { channel } from "node:diagnostics_channel";
import type pg from "pg";
import type { Sql } from "sql-template-tag";
import { RequestWork } from "../work/request-work.js";
import type { ConnectionSource, DatabaseWork, Lease } from "./connections/connections.js";
import { isBroken, isLostRace, translate, translateLent } from "./driver-errors.js";
import { needsSession } from "./needs-session.js";
import { streamRows, type StreamOptions } from "./row-stream.js";
import { statementName } from "./statement-names.js";

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

export interface TransactionOptions {
  /** Milliseconds that a statement of the transaction may take; 0 is for ever. The usual time without it. */
  statementTimeout?: number;
}

/** A connection that is held, and how long a statement on it may take. */
interface HeldConnection {
  lease: Lease;
  statementTimeout: number;
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
    private readonly connections: ConnectionSource,
    private readonly held: HeldConnection | null = null,
    private readonly onStatement: ((event: StatementEvent) => void) | null = null,
    private readonly work: DatabaseWork | null = null,
  ) {}

  /**
   * The same database, for one request.
   * @param listener is called with each statement that goes this way.
   * @param work the request: its statements wait in its caller's turn, and are cancelled when its signal is aborted.
   */
  heardBy(listener: ((event: StatementEvent) => void) | null, work: RequestWork | null = null): Database {
    return new Database(this.connections, this.held, listener, work);
  }

  /** The same database for statements whose result several requests wait for: no request's end cancels them. */
  get shared(): Database {
    return new Database(this.connections, this.held, this.onStatement);
  }

  /** The request's work that the statements are part of; null where no request asks. */
  get requestWork(): RequestWork | null {
    return this.work instanceof RequestWork ? this.work : null;
  }

  /** The same database and listener, for statements that are part of other work. */
  forWork(work: DatabaseWork | null): Database {
    return new Database(this.connections, this.held, this.onStatement, work);
  }

  /** What tells databases apart, whoever listens: to remember something of one. */
  get identity(): object {
    return this.connections;
  }

  /**
   * @param options.prepared keeps the plan on the connection, only for statements whose plan does not depend on their
   * values: "label" for a text that never changes; "text" for one that has a few forms, when it comes often.
   * @returns the rows, with the column names as selected.
   * @throws PapergraphError where `translate` knows what happened; the driver's error for everything else; the reason
   * of the request's signal once that is aborted.
   */
  async query<Row>(label: string, sql: Sql, options: QueryOptions = {}): Promise<Row[]> {
    const statement = {
      text: `/* ${label} */ ${sql.text}`,
      values: sql.values,
      name: this.nameOf(label, sql, options),
    };
    for (let tries = 1; ; tries++) {
      try {
        const { rows } = this.held
          ? await this.run(label, this.held, statement)
          : await this.onConnection(this.connections.options.statementTimeout, (held) =>
              this.run(label, held, statement),
            );
        return rows as Row[];
      } catch (error) {
        if (this.isAborted(error)) throw error;
        if (this.held) throw translateLent(error, label);
        const other = this.connections.insteadAfter?.(error);
        if (other) return new Database(other, null, this.onStatement, this.work).query(label, sql, options);
        if (tries === TRIES || !isLostRace(error)) throw translate(error, label);
      }
    }
  }

  /** @returns the first row, or null when there is none. */
  async first<Row>(label: string, sql: Sql, options: QueryOptions = {}): Promise<Row | null> {
    const rows = await this.query<Row>(label, sql, options);
    return rows[0] ?? null;
  }

  /** Reads any number of rows, batch by batch, in constant memory; see `streamRows`. Published as one statement, with its reader's time. */
  async *stream<Row>(label: string, sql: Sql, options: StreamOptions): AsyncGenerator<Row[]> {
    const started = performance.now();
    let failed = true;
    try {
      yield* streamRows<Row>(this.connections, label, sql, { ...options, work: this.work });
      failed = false;
    } catch (error) {
      throw this.isAborted(error) ? error : translate(error, label);
    } finally {
      this.publish(label, started, failed && !options.signal.aborted);
    }
  }

  /** To be called before a request's work begins. @throws SERVICE_UNAVAILABLE beside too many that are `underWay`. */
  admit(underWay: number): void {
    this.connections.admit(underWay);
  }

  /** @returns how many connections a kind of long work may take that wants so many: a third, so that two kinds leave one. */
  shareOf(wanted: number): number {
    return Math.max(1, Math.min(wanted, Math.floor(this.connections.options.max / 3)));
  }

  get poolState(): PoolState {
    return { max: this.connections.options.max, ...this.connections.counts };
  }

  /** Runs `work` on one connection in one transaction; all of it is tried again when it lost against another one. */
  async transaction<T>(work: (db: Database) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    if (this.held) return work(this);
    const { statementTimeout = this.connections.options.statementTimeout } = options;
    for (let tries = 1; ; tries++) {
      try {
        return await this.onConnection(statementTimeout, (held) =>
          inTransaction(held, options, () => work(this.onHeld(held))),
        );
      } catch (error) {
        if (this.isAborted(error)) throw error;
        if (tries === TRIES || !isLostRace(error)) throw translate(error, "transaction");
      }
    }
  }

  /**
   * Lends one connection, for what needs the driver itself: COPY, session locks. Its statements may take as long as
   * they take; whoever borrows it sets PostgreSQL's own timeouts.
   * @throws OperatorError behind a pooler in transaction mode, which has no sessions.
   */
  async connected<T>(work: (client: pg.PoolClient, db: Database) => Promise<T>): Promise<T> {
    if (!this.connections.options.preparesStatements) throw needsSession("This");
    return this.onConnection(0, (held) => work(held.lease.client, this.onHeld(held)), translate);
  }

  private onHeld(held: HeldConnection): Database {
    return new Database(this.connections, held, this.onStatement, this.work);
  }

  private async onConnection<T>(
    statementTimeout: number,
    work: (held: HeldConnection) => Promise<T>,
    onRefusal: (error: unknown) => unknown = (error) => error,
  ): Promise<T> {
    const lease = await this.connections.acquire(this.work).catch((error: unknown) => {
      throw onRefusal(error);
    });
    let broken = true;
    try {
      const result = await work({ lease, statementTimeout });
      broken = false;
      return result;
    } catch (error) {
      // What a cancelled statement leaves is a connection as good as any.
      broken = !this.isAborted(error) && isBroken(error);
      throw error;
    } finally {
      lease.release(broken);
    }
  }

  private async run(
    label: string,
    { lease, statementTimeout }: HeldConnection,
    statement: pg.QueryConfig,
  ): Promise<pg.QueryResult> {
    const started = performance.now();
    let failed = true;
    try {
      const result = await lease.run(statement, { signal: this.work?.signal, statementTimeout });
      failed = false;
      return result;
    } finally {
      this.work?.addSql(performance.now() - started);
      this.publish(label, started, failed);
    }
  }

  private nameOf(label: string, sql: Sql, { prepared }: QueryOptions): string | undefined {
    if (!prepared || !this.connections.options.preparesStatements) return undefined;
    return prepared === "text" ? statementName(label, sql.text) : label;
  }

  private isAborted(error: unknown): boolean {
    const signal = this.work?.signal;
    return signal?.aborted === true && error === signal.reason;
  }

  private publish(label: string, started: number, failed: boolean): void {
    const milliseconds = performance.now() - started;
    if (!this.onStatement && !statements.hasSubscribers) return;
    const event: StatementEvent = { label, milliseconds, failed };
    this.onStatement?.(event);
    statements.publish(event);
  }
}

/** Its beginning and end are not cancelled: whether a transaction was kept is always known. */
async function inTransaction<T>(
  { lease, statementTimeout }: HeldConnection,
  { statementTimeout: own }: TransactionOptions,
  work: () => Promise<T>,
): Promise<T> {
  const run = (statement: string) => lease.run(statement, { signal: undefined, statementTimeout });
  await run(own === undefined ? "BEGIN" : `BEGIN; SET LOCAL statement_timeout = ${Math.trunc(own)}`);
  try {
    const result = await work();
    await run("COMMIT");
    return result;
  } catch (error) {
    await run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
