import pg from "pg";

/**
 * SQLSTATEs that are a replica's own: it goes away, is full, cannot write, or ended a statement that stood in the way of
 * what it replays.
 */
const OWN_FAULT = /^(08|53|57P|25006|40001|40P01)/;

/** Milliseconds that a connection may take before the primary answers instead. */
const CONNECT_WITHIN = 1_000;

/** Connections to a replica, like those to its primary. */
export function connectReplica(url: string, primary: pg.Pool): pg.Pool {
  const pool = new pg.Pool({
    ...primary.options,
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN,
  });
  // Unheard, the event of an idle connection that is lost would end the process.
  pool.on("error", () => undefined);
  return pool;
}

/**
 * The replica's pool, for what only reads: what fails by the replica's fault is done by the primary, and so is
 * everything while the replica is out.
 */
export function withFallback(replica: pg.Pool, primary: pg.Pool, isOut: () => boolean): pg.Pool {
  const instead = async <T>(deed: (pool: pg.Pool) => Promise<T>): Promise<T> => {
    if (isOut()) return deed(primary);
    try {
      return await deed(replica);
    } catch (error) {
      if (!isReplicasFault(error)) throw error;
      return deed(primary);
    }
  };
  const pool = Object.create(replica) as pg.Pool;
  const query = (statement: pg.QueryConfig, values?: unknown[]) =>
    instead((of) => of.query(statement, values));
  return Object.assign(pool, { query, connect: () => instead((of) => of.connect()) });
}

function isReplicasFault(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  const isState = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code);
  // Without a state it is no answer of PostgreSQL: the connection was lost or did not come about.
  return isState ? OWN_FAULT.test(code) : error instanceof Error;
}
