import { setTimeout as sleep } from "node:timers/promises";
import type { DataSource } from "typeorm";
import { connectionsOf, poolOf } from "../data-source.js";
import { Database } from "../database.js";
import { PrimaryMarks, replayedBy } from "./replica-lag.js";
import { connectReplica, withFallback, type ReplicaConnections } from "./replica-pool.js";

/** Milliseconds between two looks at all servers, and that a look may take. */
const LOOK_EVERY = 500;
const LOOK_WITHIN = 2_000;
/** Milliseconds that a replica may be behind. */
const MAX_LAG = 5_000;
/** Milliseconds after which nothing is known any more. */
const STALE = 3_000;

/** Milliseconds after a write within which a replica in use may not have it yet; with a second of room. */
export const BEHIND_AT_MOST = MAX_LAG + STALE + 1_000;

/** Copies of the database that can answer at the moment. */
export interface Replicas {
  /** @returns the next one, in turns; null when there is none. What it cannot do after all is done by the primary. */
  next(): Database | null;
  /** All there are, whether they can answer or not. */
  all: readonly Database[];
  close(): Promise<void>;
}

interface Replica {
  connections: ReplicaConnections;
  /** For reads, with the primary behind it. */
  db: Database;
  /** The replica alone. */
  own: Database;
  /** When it was last found to be near enough; as performance.now() has it. */
  goodAt: number;
  isGood: boolean;
}

/** @param told is told of each replica, by its host, when it is left out and when it is back. */
export async function openReplicas(
  urls: readonly string[],
  primary: DataSource,
  told: (text: string) => void,
): Promise<Replicas> {
  const marks = new PrimaryMarks();
  const replicas = urls.map((url) => makeReplica(url, primary));
  const stopping = new AbortController();
  const primaryDb = new Database(connectionsOf(primary));
  const look = async () => {
    await within(marks.look(primaryDb)).catch(() => undefined);
    await Promise.all(replicas.map((replica, index) => examine(replica, marks, hostOf(urls[index]), told)));
  };
  await look();
  const watching = watch(look, stopping.signal);
  let turn = 0;
  return {
    all: replicas.map(({ db }) => db),
    next() {
      const usable = replicas.filter((replica) => !isOut(replica));
      return usable[turn++ % usable.length]?.db ?? null;
    },
    async close() {
      stopping.abort();
      await watching;
      await Promise.all(replicas.map(({ connections }) => connections.close()));
    },
  };
}

function makeReplica(url: string, source: DataSource): Replica {
  const primary = connectionsOf(source);
  const replica = connectReplica(url, poolOf(source), primary);
  const state = { goodAt: -Infinity, isGood: true };
  return Object.assign(state, {
    connections: replica,
    db: new Database(withFallback(replica.connections, primary, () => isOut(state))),
    own: new Database(replica.connections),
  });
}

function isOut({ isGood, goodAt }: Pick<Replica, "isGood" | "goodAt">): boolean {
  return !isGood || performance.now() - goodAt > STALE;
}

async function watch(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(LOOK_EVERY, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    await look();
  }
}

async function examine(
  replica: Replica,
  marks: PrimaryMarks,
  host: string,
  told: (text: string) => void,
): Promise<void> {
  const at = performance.now();
  const reason = await within(replayedBy(replica.own)).then(
    (position) => {
      if (position === null) return "it is no replica";
      const lag = marks.lagAt(position);
      return lag <= MAX_LAG ? null : "it is too far behind";
    },
    () => "it cannot be reached",
  );
  if (reason === null) replica.goodAt = at;
  if (replica.isGood !== (reason === null))
    told(reason === null ? `replica ${host} answers again` : `replica ${host} is left out: ${reason}`);
  replica.isGood = reason === null;
}

/** @throws when it takes too long; what it waits for ends by itself. */
function within<T>(work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const overdue = setTimeout(() => {
      reject(new Error("no answer"));
    }, LOOK_WITHIN);
    work.then(resolve, reject).finally(() => {
      clearTimeout(overdue);
    });
  });
}

/** Without user and password. */
function hostOf(url = ""): string {
  return new URL(url).host;
}
