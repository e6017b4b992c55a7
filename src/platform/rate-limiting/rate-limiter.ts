import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { RateLimited, type Quota } from "./rate-limited.js";
import type { PointLimits } from "../../config/rate-limits.config.js";
import { subjectId, type Subject } from "./rate-limit-subject.js";

/** Seconds in which the points may be consumed. They begin with the first request. */
export const WINDOW = 60;

/** Subjects with nothing left, who are refused without asking Redis. */
const MAX_EXHAUSTED = 10_000;

export interface RateLimiter {
  /** @returns the quota of a subject that has consumed nothing. */
  full(subject: Subject): Quota;
  /** @returns what is left. @throws RATE_LIMITED when it is not enough; that costs one point. */
  consume(subject: Subject, points: number): Promise<Quota>;
  /** Charges points, or gives them back when the number is negative, and refuses nothing. @returns what is left. */
  adjust(subject: Subject, points: number): Promise<Quota>;
  /** @returns the quota of a subject that is known to have nothing left, without asking Redis; else null. */
  exhausted(subject: Subject): Quota | null;
}

/** Counts in this process; with Redis for all instances together, and without it again when it is down. */
export function createRateLimiter(settings: PointLimits, redis: Redis | null): RateLimiter {
  const counters = { anonymous: counter("anonymous"), user: counter("user") };
  const exhausted = new LRUCache<string, Quota>({ max: MAX_EXHAUSTED });

  function counter(kind: keyof PointLimits): RateLimiterMemory | RateLimiterRedis {
    const options = { points: settings[kind], duration: WINDOW, keyPrefix: `papergraph:rate:${kind}` };
    const memory = new RateLimiterMemory(options);
    if (!redis) return memory;
    return new RateLimiterRedis({
      ...options,
      storeClient: redis,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
    });
  }

  /** The counters take time from a clock that may be set, which must not make a window longer. */
  function quotaOf({ kind }: Subject, { remainingPoints, msBeforeNext }: RateLimiterRes): Quota {
    const left = Math.min(Math.max(msBeforeNext, 0), WINDOW * 1_000);
    return { limit: settings[kind], remaining: remainingPoints, resetsAt: performance.now() + left };
  }

  function noted(subject: Subject, quota: Quota): Quota {
    if (quota.remaining > 0) exhausted.delete(subjectId(subject));
    else exhausted.set(subjectId(subject), quota);
    return quota;
  }

  async function adjust(subject: Subject, points: number): Promise<Quota> {
    const { kind, key } = subject;
    const counted = points < 0 ? counters[kind].reward(key, -points) : counters[kind].penalty(key, points);
    return noted(subject, quotaOf(subject, await counted));
  }

  return {
    adjust,
    full: ({ kind }) => ({
      limit: settings[kind],
      remaining: settings[kind],
      resetsAt: performance.now() + WINDOW * 1_000,
    }),
    async consume(subject, points) {
      try {
        return noted(subject, quotaOf(subject, await counters[subject.kind].consume(subject.key, points)));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        const refused = quotaOf(subject, refusal);
        const quota = await adjust(subject, 1 - points).catch(() => refused);
        throw new RateLimited(quota, points);
      }
    },
    exhausted(subject) {
      const quota = exhausted.get(subjectId(subject));
      return quota && quota.resetsAt > performance.now() ? quota : null;
    },
  };
}
