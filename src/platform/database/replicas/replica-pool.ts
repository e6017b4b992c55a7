import pg from "pg";
import { PapergraphError } from "../../../shared/errors.js";
import { Connections, type ConnectionSource } from "../connections/connections.js";
import { clientTracking } from "../data-source.js";

/**
 * SQLSTATEs that are a replica's own: it goes away, is full, cannot write, or ended a statement that stood in the way of
 * what it replays.
 */
const OWN_FAULT = /^(08|53|57P|25006|40001|40P01)/;

/** Milliseconds that a connection may take before the primary answers instead. */
const CONNECT_WITHIN = 1_000;

export interface ReplicaConnections {
  connections: Connections;
  close(): Promise<void>;
}

/** Connections to a replica, like those to its primary. */
export function connectReplica(url: string, primary: pg.Pool, like: Connections): ReplicaConnections {
  const { setUp = null } = primary.options as { setUp?: string | null };
  const pool = new pg.Pool({
    ...primary.options,
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN,
    ...clientTracking(setUp),
  });
  // pg emits `error` for an idle connection that drops; without a listener Node exits.
  pool.on("error", () => undefined);
  const connections = new Connections(pool, like.options);
  return { connections, close: () => connections.close(() => pool.end()) };
}

/**
 * The replica's connections, for what only reads: what fails by the replica's fault is done by the primary, and so is
 * everything while the replica is out.
 */
export function withFallback(
  replica: ConnectionSource,
  primary: ConnectionSource,
  isOut: () => boolean,
): ConnectionSource {
  return {
    options: replica.options,
    get counts() {
      return replica.counts;
    },
    admit: (underWay) => {
      replica.admit(underWay);
    },
    async acquire(work) {
      if (isOut()) return primary.acquire(work);
      try {
        return await replica.acquire(work);
      } catch (error) {
        if (work?.signal.aborted || !isReplicasFault(error)) throw error;
        return primary.acquire(work);
      }
    },
    insteadAfter: (error) => (isReplicasFault(error) ? primary : null),
  };
}

function isReplicasFault(error: unknown): boolean {
  if (error instanceof PapergraphError) return false;
  const { code } = error as { code?: unknown };
  const isState = typeof code === "string" && /^[0-9A-Z]{5}$/.test(code);
  // Without a state it is no answer of PostgreSQL: the connection was lost or did not come about.
  return isState ? OWN_FAULT.test(code) : error instanceof Error;
}
