import type pg from "pg";
import { Semaphore } from "../../work/semaphore.js";
import { OpenClients } from "./open-clients.js";
import { runOnClient, type RunOptions } from "./run-on-client.js";

/** Milliseconds without an answer after which a connection is asked whether it still lives, before it is used. */
const CHECK_AFTER = 2_000;
/** Milliseconds that it may take to answer then. */
const CHECK_WITHIN = 1_000;
/** What part of the queue one caller may fill. */
const QUEUE_SHARE = 0.25;
/** What part of the queue new requests may fill: the rest is for the next statements of requests that were admitted. */
const FOR_NEW_REQUESTS = 0.5;
/** Milliseconds that open connections get to say goodbye. */
const GOODBYE = 500;

const BUSY = {
  message: "The server has more to do than it can at the moment. Try again shortly.",
  /** Seconds after which a queue that is full now is a shorter one. */
  retryAfter: 1,
};

const ABORTED = Symbol();

/** The work that statements are done for: a request. */
export interface DatabaseWork {
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** Who asks: callers get connections in turn. */
  readonly caller: string;
  /** Adds the milliseconds that a statement took on its connection. */
  addSql(milliseconds: number): void;
  /** A connection is held for this work; until `connectionReturned` PostgreSQL may be working for it. */
  connectionTaken(): void;
  connectionReturned(): void;
}

/** A connection that is held. */
export interface Lease {
  client: pg.PoolClient;
  run(statement: string | pg.QueryConfig, options: RunOptions): Promise<pg.QueryResult>;
  /** @param isBroken whether the connection may be of no more use; one that was lost is closed in any case. */
  release(isBroken: boolean): void;
}

/** Where connections come from: a pool, or a replica's pool with its primary behind it. */
export interface ConnectionSource {
  readonly options: ConnectionLimits;
  readonly counts: { total: number; idle: number; waiting: number };
  acquire(work: DatabaseWork | null): Promise<Lease>;
  /** @throws SERVICE_UNAVAILABLE beside too many requests that are `underWay`. */
  admit(underWay: number): void;
  /** @returns where a statement that failed so is to be run instead; null for nowhere. */
  insteadAfter?(error: unknown): ConnectionSource | null;
}

export interface ConnectionLimits {
  max: number;
  /** Statements that wait for a connection at most. */
  maxWaiting: number;
  /** Milliseconds that they wait. */
  waitTimeout: number;
  /** Milliseconds after which PostgreSQL ends a statement, unless its transaction says otherwise. */
  statementTimeout: number;
  /** Whether connections keep prepared statements. */
  preparesStatements: boolean;
}

/**
 * @returns the slots of a pool's connections. No caller holds more than half of them, so that slow statements of one leave
 * connections to others; but two, as some requests need two at once: one that they read a list from, one for what belongs
 * to it. Work of the server itself has no caller ("") and may hold all.
 */
function slotsOf({ max, maxWaiting, waitTimeout }: ConnectionLimits): Semaphore {
  return new Semaphore({
    slots: max,
    slotsPerCaller: Math.max(2, Math.ceil(max / 2)),
    maxWaiting,
    maxWaitingPerCaller: Math.max(1, maxWaiting * QUEUE_SHARE),
    acquireTimeout: waitTimeout,
    busy: BUSY,
  });
}

/** Hands out the connections of a pool, to callers in turn. */
export class Connections implements ConnectionSource {
  private readonly clients: OpenClients;
  private readonly slots: Semaphore;

  constructor(
    private readonly pool: pg.Pool,
    readonly options: ConnectionLimits,
  ) {
    this.clients = (pool.options as { openClients?: OpenClients }).openClients ?? new OpenClients();
    this.slots = slotsOf(options);
  }

  get counts(): { total: number; idle: number; waiting: number } {
    const { totalCount: total, idleCount: idle, waitingCount } = this.pool;
    return { total, idle, waiting: waitingCount + this.slots.waiting };
  }

  async acquire(work: DatabaseWork | null): Promise<Lease> {
    const release = await this.slots.acquire(work ?? { caller: "" });
    work?.connectionTaken();
    const giveBack = (): void => {
      release();
      work?.connectionReturned();
    };
    const connecting = this.connect();
    try {
      const client = await unlessAborted(connecting, work?.signal);
      return this.leaseOf(client, giveBack);
    } catch (error) {
      // A connection that comes too late is for the next one.
      void connecting.then(
        (client) => {
          client.release();
          giveBack();
        },
        () => {
          giveBack();
        },
      );
      throw error;
    }
  }

  admit(underWay: number): void {
    const { max, maxWaiting } = this.options;
    const mayWait = maxWaiting * FOR_NEW_REQUESTS;
    // Of many requests that come in the same moment none waits yet.
    if (this.counts.waiting >= mayWait || underWay >= max + mayWait) this.slots.refuse();
  }

  /** Ends all connections, politely where they answer; whoever waits for one is refused. */
  async close(end: () => Promise<void>): Promise<void> {
    this.slots.close();
    const overdue = setTimeout(() => {
      this.clients.destroyAll();
    }, GOODBYE);
    await end();
    clearTimeout(overdue);
    this.clients.destroyAll();
  }

  private leaseOf(client: pg.PoolClient, giveBack: () => void): Lease {
    return {
      client,
      run: (statement, options) => runOnClient(client, this.clients, statement, options),
      release: (isBroken) => {
        client.release(isBroken || this.clients.isLost(client));
        giveBack();
      },
    };
  }

  /** @returns a connection that answers; one that has been quiet for long is asked first. */
  private async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.pool.connect();
      const quiet = this.clients.quietFor(client);
      if (quiet < CHECK_AFTER) return client;
      if (quiet < Infinity && (await this.answers(client))) return client;
      this.clients.destroySilent(client);
      client.release(true);
    }
  }

  private async answers(client: pg.PoolClient): Promise<boolean> {
    const overdue = setTimeout(() => {
      setImmediate(() => {
        this.clients.destroySilent(client);
      });
    }, CHECK_WITHIN);
    try {
      await client.query("");
      this.clients.heard(client);
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(overdue);
    }
  }
}

/** @returns what `work` resolves with, unless the signal is aborted before. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let onAbort = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
  });
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const result = await Promise.race([work, aborted.then(() => ABORTED)]);
    if (result !== ABORTED) return result as T;
    throw signal.reason;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
