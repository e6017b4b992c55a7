import { integer, oneOf, type Environment } from "./environment.js";

const POOLERS = ["off", "session", "transaction"] as const;

/** How long statements and those who wait for a connection may take, and how many may wait. */
export interface DatabaseSettings {
  /**
   * The mode of a pooler (PgBouncer) between this process and PostgreSQL. It takes no startup options; in transaction
   * mode a connection keeps nothing from one transaction to the next.
   */
  pooler: (typeof POOLERS)[number];
  /** Connections that this process opens at most. */
  poolSize: number;
  /** Statements that wait for a connection at most; more are refused at once. */
  maxWaiting: number;
  /** Milliseconds that a statement waits for a connection, and a connection for PostgreSQL. */
  waitTimeout: number;
  /** Milliseconds that one statement may take. */
  queryTimeout: number;
  /** Milliseconds that a statement waits for a lock. */
  lockTimeout: number;
  /** Milliseconds that a transaction may stand idle. */
  idleInTransactionTimeout: number;
}

const MINUTES = 600_000;

/** Statements that wait for each connection: of usual ones it does these in a fraction of the time that they may wait. */
const QUEUE_PER_CONNECTION = 50;

/** @throws OperatorError that names the variable. */
export function readDatabaseSettings(env: Environment): DatabaseSettings {
  const poolSize = integer(env, "DATABASE_POOL_SIZE", 10, 1, 1_000);
  return {
    pooler: oneOf(env, "DATABASE_POOLER", "off", POOLERS),
    poolSize,
    maxWaiting: integer(env, "DATABASE_QUEUE", poolSize * QUEUE_PER_CONNECTION, 1, 1_000_000),
    waitTimeout: integer(env, "DATABASE_WAIT", 4_000, 10, MINUTES),
    queryTimeout: integer(env, "QUERY_TIMEOUT", 5_000, 10, MINUTES),
    lockTimeout: integer(env, "LOCK_TIMEOUT", 2_000, 10, MINUTES),
    idleInTransactionTimeout: integer(env, "IDLE_IN_TRANSACTION_TIMEOUT", 10_000, 100, MINUTES),
  };
}
