import { openRedis } from "../../src/platform/redis/open-redis.js";
import Fastify from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Budget } from "../../src/platform/rate-limiting/budget.js";
import { createRateLimiter, type RateLimiter } from "../../src/platform/rate-limiting/rate-limiter.js";
import type { Subject } from "../../src/platform/rate-limiting/rate-limit-subject.js";
import { hasRedisServer, redisServer, type RedisServer } from "../support/redis-server.js";

const LIMITS = { anonymous: 20, user: 40 };
const ADDRESS: Subject = { kind: "anonymous", key: "192.0.2.1" };
const USER: Subject = { kind: "user", key: "1" };

let keys = 0;
/** A subject that has consumed nothing. */
const fresh = (subject: Subject): Subject => ({ ...subject, key: `${subject.key}/${keys++}` });

function behaviour(limiter: () => RateLimiter): void {
  const left = async (subject: Subject): Promise<number> => (await limiter().adjust(subject, 0)).remaining;

  it("gives back what the work did not cost, and charges what it cost beyond", async () => {
    const subject = fresh(ADDRESS);
    const cheap = new Budget(limiter(), subject);
    await cheap.consume(12);
    expect(cheap.left.remaining).toBe(8);
    await cheap.settle(2.2);
    expect([cheap.left.remaining, await left(subject)]).toEqual([17, 17]);
    const costly = new Budget(limiter(), subject);
    await costly.consume(1);
    await costly.settle(15);
    expect([costly.left.remaining, await left(subject)]).toEqual([2, 2]);
    await costly.settle(10);
    expect([costly.consumed, await left(subject)]).toEqual([10, 7]);
  });

  it("refuses the next request of a subject whose work cost more than it had, until it gets points back", async () => {
    const subject = fresh(ADDRESS);
    const costly = new Budget(limiter(), subject);
    await costly.consume(5);
    await costly.settle(50);
    expect(costly.left.remaining).toBe(0);
    const next = new Budget(limiter(), subject);
    expect(() => {
      next.rejectIfExhausted();
    }).toThrow(/points a minute are used up/);
    await expect(new Budget(limiter(), subject).consume(1)).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await costly.settle(1);
    await new Budget(limiter(), subject).consume(1);
  });

  it("moves what was consumed to the user who turns out to ask", async () => {
    const [address, user] = [fresh(ADDRESS), fresh(USER)];
    const budget = new Budget(limiter(), address);
    await budget.consume(3);
    await budget.chargeTo(user);
    expect([budget.left, await left(address), await left(user)]).toMatchObject([{ limit: 40 }, 20, 37]);
    await budget.settle(1);
    expect(await left(user)).toBe(39);
  });

  it("gives back nothing for a window that has ended", async () => {
    const subject = fresh(ADDRESS);
    const budget = new Budget(limiter(), subject);
    await budget.consume(20);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 61_000);
    await budget.settle(1);
    vi.restoreAllMocks();
    expect(await left(subject)).toBe(0);
  });
}

describe("a budget in this process", () => {
  const limiter = createRateLimiter(LIMITS, null);
  afterEach(() => {
    vi.restoreAllMocks();
  });
  behaviour(() => limiter);

  it("lets nobody wait longer than a window when the time of day is set back", async () => {
    const subject = fresh(ADDRESS);
    const budget = new Budget(limiter, subject);
    await budget.consume(20);
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now - 3_600_000);
    const refusal = await new Budget(limiter, subject).consume(1).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "RATE_LIMITED", retryAfter: 60 });
    const later = performance.now() + 61_000;
    vi.spyOn(performance, "now").mockReturnValue(later);
    expect(limiter.exhausted(subject)).toBeNull();
  });
});

describe.skipIf(!hasRedisServer)("a budget in Redis", () => {
  const app = Fastify();
  let redis: RedisServer;
  let limiter: RateLimiter;
  beforeAll(async () => {
    redis = await redisServer();
    await redis.start();
    const client = openRedis(app, redis.url);
    await vi.waitUntil(() => client.status === "ready", { timeout: 10_000 });
    limiter = createRateLimiter(LIMITS, client);
  });
  afterAll(async () => {
    await app.close();
    await redis.kill();
  });
  behaviour(() => limiter);
});
