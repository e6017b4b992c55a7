import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { randomUUID } from "node:crypto";
import { cacheAsked } from "../../../platform/observability/events.js";
import type { OperationInfo } from "../execution/operation-info.js";

/** Bytes of answers that are kept, twice as many where they are not Latin. */
const MAX_SIZE = 32_000_000;
/** Longer answers are rare and take the place of many. */
const MAX_ANSWER = 1_000_000;
const CHANNEL = "papergraph:written";

/** Answers that are the same for everybody, kept for some seconds or until somebody writes. */
export interface ResponseCache {
  /** @returns the data of an operation as JSON; undefined when it is not kept. */
  get(key: string): string | undefined;
  /** Keeps data that was read while the cache was at `version`: what was read before a write may be from before it. */
  set(key: string, data: string, version: number): void;
  /** Counts writes. */
  readonly version: number;
  /** Forgets all answers, here and in the other instances that share the Redis. */
  clear(): void;
}

/** @returns what decides an operation's public answer. Its variables have to be bounded before: they are written as JSON. */
export function responseKey(
  { documentHash, definition }: OperationInfo,
  variables: Record<string, unknown>,
): string {
  return JSON.stringify([documentHash, definition.name?.value ?? null, variables]);
}

/** @param seconds for which an answer is kept: what other processes write, an import among them, is seen after that. */
export function openResponseCache(seconds: number, redis: Redis | null): ResponseCache {
  const answers = new LRUCache<string, string>({
    ttl: seconds * 1_000,
    maxSize: MAX_SIZE,
    maxEntrySize: MAX_ANSWER,
    sizeCalculation: (data, key) => data.length + key.length,
  });
  let writes = 0;
  const forget = () => {
    writes++;
    answers.clear();
  };
  const forgetElsewhere = redis && shareForgetting(redis, forget);
  return {
    get(key) {
      const data = answers.get(key);
      cacheAsked("response", data === undefined ? "miss" : "hit");
      return data;
    },
    set(key, data, version) {
      if (version === writes) answers.set(key, data);
    },
    get version() {
      return writes;
    },
    clear() {
      forget();
      forgetElsewhere?.();
    },
  };
}

/** Lost messages cost no more than an answer's seconds. @returns what makes the other instances forget. */
function shareForgetting(redis: Redis, forget: () => void): () => void {
  const own = randomUUID();
  const listening = redis.duplicate();
  listening.on("error", () => undefined);
  listening.on("ready", () => {
    forget();
    void listening.subscribe(CHANNEL).catch(() => undefined);
  });
  listening.on("message", (_channel, sender) => {
    if (sender !== own) forget();
  });
  redis.once("end", () => {
    listening.disconnect();
  });
  return () => void redis.publish(CHANNEL, own).catch(() => undefined);
}
