import { LRUCache } from "lru-cache";
import type { TrustedDocuments } from "./trusted-documents.js";

/** Characters of all documents that are remembered, and of one of them: what a thousand tokens take, and more. */
const MAX_SIZE = 10_000_000;
const MAX_DOCUMENT = 20_000;

/** Apollo Server puts it before a hash. */
const PREFIX = "apq:";

/** Where Apollo Server looks for a document by its hash. */
interface PersistedQueries {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * Automatic persisted queries: a client sends a document's hash, and its text only when it is asked for it. Each instance
 * remembers its own: one that does not know a hash asks, and what strangers send takes no room in Redis.
 * @param trusted the only documents that there are; null remembers what clients send.
 */
export function persistedQueries(trusted: TrustedDocuments | null): PersistedQueries {
  const known = new LRUCache<string, string>({
    maxSize: MAX_SIZE,
    maxEntrySize: MAX_DOCUMENT,
    sizeCalculation: (text) => text.length + PREFIX.length,
  });
  return {
    get: (key) => Promise.resolve(trusted ? trusted.get(key.slice(PREFIX.length)) : known.get(key)),
    set: (key, text) => {
      if (!trusted) known.set(key, text);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(known.delete(key)),
  };
}
