import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { RateLimited, type Account } from "./rate-limited.js";
import type { RateLimitSettings } from "./rate-limit-settings.js";

/** Seconds in which the points may be spent. They begin with the first request. */
export const WINDOW = 60;

/** Those with nothing left, who are refused without asking Redis. */
const MAX_SPENT = 10_000;

/** Who pays: one network address, or one access token. */
export interface Payer {
  kind: keyof RateLimitSettings;
  key: string;
}

export interface RateLimiter {
  /** @returns what a payer has who has spent nothing yet. */
  full(payer: Payer): Account;
  /** @returns what is left. @throws RATE_LIMITED when it is not enough; that costs one point. */
  spend(payer: Payer, points: number): Promise<Account>;
  /** @returns what a payer has who is known to have nothing left, without asking Redis; else null. */
  spentAccount(payer: Payer): Account | null;
}

/** Counts in this process; with Redis for all instances together, and without it again when it is down. */
export function createRateLimiter(settings: RateLimitSettings, redis: Redis | null): RateLimiter {
  const counters = { anonymous: counter("anonymous"), token: counter("token") };
  const spent = new LRUCache<string, Account>({ max: MAX_SPENT });

  function counter(kind: keyof RateLimitSettings): RateLimiterMemory | RateLimiterRedis {
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

  function accountOf({ kind }: Payer, { remainingPoints, msBeforeNext }: RateLimiterRes): Account {
    return { limit: settings[kind], remaining: remainingPoints, resetAt: Date.now() + msBeforeNext };
  }

  function noted(payer: Payer, account: Account): Account {
    if (account.remaining === 0) spent.set(idOf(payer), account);
    return account;
  }

  async function refuse(payer: Payer, points: number, refusal: RateLimiterRes): Promise<never> {
    const counted = await counters[payer.kind].reward(payer.key, points - 1).catch(() => refusal);
    const resetAt = Date.now() + refusal.msBeforeNext;
    const account = noted(payer, { ...accountOf(payer, counted), resetAt });
    throw new RateLimited(account, points);
  }

  return {
    full: ({ kind }) => ({
      limit: settings[kind],
      remaining: settings[kind],
      resetAt: Date.now() + WINDOW * 1_000,
    }),
    async spend(payer, points) {
      try {
        return noted(payer, accountOf(payer, await counters[payer.kind].consume(payer.key, points)));
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return refuse(payer, points, refusal);
        throw refusal;
      }
    },
    spentAccount(payer) {
      const account = spent.get(idOf(payer));
      return account && account.resetAt > Date.now() ? account : null;
    },
  };
}

function idOf({ kind, key }: Payer): string {
  return `${kind}:${key}`;
}
