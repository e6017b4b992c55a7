import type pg from "pg";
import { PapergraphError } from "../errors.js";

/** Seconds after which a queue that is full now is a shorter one. */
const BUSY = 1;

/** What part of the queue new requests may fill: the rest is for what those that were let in ask next. */
const FOR_NEW_REQUESTS = 0.5;

/**
 * Refuses at once what would wait too long anyway, so that requests do not pile up in memory while the database is slow.
 * How long who is let in may wait is the pool's own `connectionTimeoutMillis`.
 * @param options.underWay for a new request: how many are being worked on.
 * @throws SERVICE_UNAVAILABLE when as many statements wait for a connection as may.
 */
export function refuseBeyond(pool: pg.Pool, { underWay }: { underWay?: number } = {}): void {
  const { max, maxWaiting = Infinity } = pool.options as { max: number; maxWaiting?: number };
  const isNewRequest = underWay !== undefined;
  const mayWait = maxWaiting * (isNewRequest ? FOR_NEW_REQUESTS : 1);
  // Of many requests that come in the same moment none waits yet.
  if (pool.waitingCount < mayWait && (!isNewRequest || underWay < max + mayWait)) return;
  throw new PapergraphError(
    "SERVICE_UNAVAILABLE",
    "The server has more to do than it can at the moment. Try again shortly.",
    undefined,
    BUSY,
  );
}
