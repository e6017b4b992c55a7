import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import type { StatementEvent } from "../database/database.js";
import type { RequestRecord } from "./request-record.js";

/** A cache was asked and had the answer, or had not. `cache` is one of few names, as metrics keep a series for each. */
export interface CacheEvent {
  cache: string;
  outcome: "hit" | "miss";
}

/** The cost of an operation is known, whether it is then run or refused. */
export interface CostEvent {
  cost: number;
  /** The operation's name, as its caller gave it. */
  operation: string | null;
}

/** A request was held against the rate limit of its user or address. */
export interface RateLimitEvent {
  outcome: "allowed" | "refused";
  kind: "user" | "ip";
}

/** What can be heard, by the channel `papergraph:<name>`. */
interface Events {
  statement: StatementEvent;
  cache: CacheEvent;
  cost: CostEvent;
  "rate-limit": RateLimitEvent;
}

const caches = channel("papergraph:cache");
const costs = channel("papergraph:cost");
const rateLimits = channel("papergraph:rate-limit");

/** Tells that a cache was asked. */
export function cacheAsked(cache: string, outcome: CacheEvent["outcome"]): void {
  if (caches.hasSubscribers) caches.publish({ cache, outcome } satisfies CacheEvent);
}

/** Tells what an operation costs, and its request's log line. */
export function costKnown(
  cost: number,
  operation: string | null,
  record?: Pick<RequestRecord, "cost"> | null,
): void {
  if (record) record.cost = cost;
  if (costs.hasSubscribers) costs.publish({ cost, operation } satisfies CostEvent);
}

/** Tells what the rate limit decided. */
export function rateLimitAsked(outcome: RateLimitEvent["outcome"], kind: RateLimitEvent["kind"]): void {
  if (rateLimits.hasSubscribers) rateLimits.publish({ outcome, kind } satisfies RateLimitEvent);
}

/**
 * Hears events as they happen. What a listener throws ends the process.
 * @returns what ends the listening.
 */
export function listen<Name extends keyof Events>(
  name: Name,
  listener: (event: Events[Name]) => void,
): () => void {
  const heard = (message: unknown) => {
    listener(message as Events[Name]);
  };
  subscribe(`papergraph:${name}`, heard);
  return () => unsubscribe(`papergraph:${name}`, heard);
}
