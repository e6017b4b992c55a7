import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { DataSource } from "typeorm";
import { connectionsOf, migrationNames, poolOf } from "../../../platform/database/data-source.js";
import { reasonOf, remedyFor } from "../../../platform/database/driver-errors.js";
import type { DriverClient } from "../../../platform/database/connections/open-clients.js";

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;
/** Milliseconds that PostgreSQL may take to accept the connection, and to answer. */
const LOOK_WITHIN = 2_000;
/**
 * Milliseconds for which an instance stays ready on a schema that is newer than it: until the instances of the new
 * version, whose first one migrates, have come up.
 */
const NEWER_SCHEMA_FOR = 5 * 60_000;
/** SQLSTATE: the server, the database or the role has as many connections as it may. */
const TOO_MANY_CONNECTIONS = "53300";

/** Whether requests can be answered; `reason` tells what is wrong, also where it is not that bad. */
export interface DatabaseState {
  isReady: boolean;
  reason: string | null;
}

export interface DatabaseWatcher {
  readonly state: DatabaseState;
  stop(): Promise<void>;
}

/**
 * Looks after the database once a second, on a connection of its own: a pool that is full delays no look, and no look
 * delays a request.
 * @param onChange is called with each new state.
 */
export async function watchDatabase(
  source: DataSource,
  onChange: (state: DatabaseState) => void = () => undefined,
): Promise<DatabaseWatcher> {
  const look = lookAt(source);
  let state = await look.now();
  const stopping = new AbortController();
  const { signal } = stopping;
  const rounds = async (): Promise<void> => {
    for (;;) {
      await sleep(LOOK_EVERY, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      const next = await look.now();
      const isNew = next.reason !== state.reason;
      state = next;
      if (isNew) onChange(next);
    }
  };
  const ended = rounds();
  return {
    get state() {
      return state;
    },
    async stop() {
      stopping.abort();
      look.disconnect();
      await ended;
      look.disconnect();
    },
  };
}

interface Look {
  now(): Promise<DatabaseState>;
  disconnect(): void;
}

function lookAt(source: DataSource): Look {
  const expected = new Set(migrationNames(source));
  let client: pg.Client | null = null;
  let newerSince: number | null = null;
  const disconnect = (): void => {
    (client as DriverClient | null)?.connection.stream.destroy();
    client = null;
  };
  const schemaState = (ran: ReadonlySet<string>): DatabaseState => {
    const isNewer = [...ran].some((name) => !expected.has(name));
    newerSince = isNewer ? (newerSince ?? performance.now()) : null;
    if (newerSince !== null)
      return {
        isReady: performance.now() - newerSince < NEWER_SCHEMA_FOR,
        reason:
          "the database's schema is newer than this version: replace this instance by the newer version",
      };
    if ([...expected].some((name) => !ran.has(name)))
      return { isReady: false, reason: "the database's schema is older than this version" };
    return poolState(source);
  };
  return {
    disconnect,
    async now() {
      try {
        client ??= await connect(source);
        const { rows } = await within<pg.QueryResult<{ name: string }>>(
          client.query("SELECT name FROM public.migrations"),
          disconnect,
        );
        return schemaState(new Set(rows.map(({ name }) => name)));
      } catch (error) {
        disconnect();
        return failureState(source, error);
      }
    },
  };
}

async function connect(source: DataSource): Promise<pg.Client> {
  const { options } = poolOf(source);
  const client = new pg.Client({
    ...options,
    // The pool hides it from whoever lists its options.
    password: options.password,
    connectionTimeoutMillis: LOOK_WITHIN,
  });
  // pg emits `error` on a connection that drops; without a listener Node exits.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Ends what takes too long by closing the connection under it. */
async function within<T>(answer: Promise<T>, disconnect: () => void): Promise<T> {
  const overdue = setTimeout(() => {
    // After a long stall of this process timers come first: what has arrived meanwhile is read before.
    setImmediate(disconnect);
  }, LOOK_WITHIN);
  try {
    return await answer;
  } finally {
    clearTimeout(overdue);
  }
}

function poolState(source: DataSource): DatabaseState {
  const { waiting } = connectionsOf(source).counts;
  return {
    isReady: true,
    reason: waiting > 0 ? "all connections to the database are in use, and statements wait for one" : null,
  };
}

function failureState(source: DataSource, error: unknown): DatabaseState {
  const code = reasonOf(error);
  // The connections that the pool has go on working.
  if (code === TOO_MANY_CONNECTIONS && connectionsOf(source).counts.total > 0)
    return { isReady: true, reason: "the database takes no more connections than there are" };
  if (code === TOO_MANY_CONNECTIONS)
    return { isReady: false, reason: "the database takes no more connections" };
  // Callers see this: neither host nor user.
  if (remedyFor(error) !== null)
    return { isReady: false, reason: `the database refuses connections (${code})` };
  return { isReady: false, reason: `the database cannot be reached (${code})` };
}
