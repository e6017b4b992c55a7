import { LRUCache } from "lru-cache";
import { createStores, type Stores } from "./request-context.js";
import type { ColumnsOf } from "../platform/database/columns.js";
import { BEHIND_AT_MOST, type Replicas } from "../platform/database/replicas/replicas.js";
import type { User } from "../users/user.entity.js";

/** Whom an instance remembers to have written, at most: the earliest are forgotten first. */
const REMEMBERED = 100_000;

/** Remembers for some seconds who has written, for replicas that may not know it yet. */
export interface WriteMemory {
  note(userKey: number): Promise<void>;
  hasWritten(userKey: number): Promise<boolean>;
}

/** Chooses where a request reads. */
export interface Reading {
  /**
   * For requests that only read: a replica's stores; null, which is the primary, when none can answer, and for a viewer
   * who has just written, so that they see what they did.
   */
  storesFor(viewer: User | null): Promise<Stores | null>;
  /** To be called after a viewer's write and before it is answered. */
  wrote(viewer: User | null): Promise<void>;
}

/**
 * @param replicas null reads everything from the primary.
 * @param onWrite is called with each write.
 */
export function openReading(
  columns: ColumnsOf,
  replicas: Replicas | null,
  onWrite: () => void,
  writes = ownMemory(),
): Reading {
  if (!replicas)
    return {
      storesFor: () => Promise.resolve(null),
      wrote() {
        onWrite();
        return Promise.resolve();
      },
    };
  const stores = new Map(replicas.all.map((db) => [db, createStores(db, columns)]));
  return {
    async storesFor(viewer) {
      if (viewer && (await writes.hasWritten(viewer.key))) return null;
      const db = replicas.next();
      return (db && stores.get(db)) ?? null;
    },
    async wrote(viewer) {
      onWrite();
      if (viewer) await writes.note(viewer.key);
    },
  };
}

/** For one instance, or where a proxy sends each viewer to the same one. */
function ownMemory(): WriteMemory {
  const writers = new LRUCache<number, true>({ max: REMEMBERED, ttl: BEHIND_AT_MOST });
  return {
    note(userKey) {
      writers.set(userKey, true);
      return Promise.resolve();
    },
    hasWritten: (userKey) => Promise.resolve(writers.has(userKey)),
  };
}
