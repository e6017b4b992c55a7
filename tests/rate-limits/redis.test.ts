import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { testApi, type Api } from "../support/api.js";
import { hasRedisServer, redisServer, type RedisServer } from "../support/redis-server.js";

describe("REDIS_URL", () => {
  it("is refused without repeating its password", () => {
    expect(() => readConfig({ REDIS_URL: "http://user:secret@cache" })).toThrow(/^(?!.*secret)REDIS_URL is/);
    expect(readConfig({ REDIS_URL: "rediss://user:secret@cache:6380/1" }).redisUrl).toContain("cache");
  });
});

describe.skipIf(!hasRedisServer)("two instances with one Redis", () => {
  let redis: RedisServer;
  let instances: Api[];
  beforeAll(async () => {
    redis = await redisServer();
    await redis.start();
    const config = { rateLimits: { anonymous: 10, user: 10 }, redisUrl: redis.url };
    instances = [await testApi(config), await testApi(config)];
  });
  afterAll(async () => {
    for (const instance of instances) await instance.close();
    await redis.kill();
  });

  const ask = async (instance: number) => {
    const { status, headers } = await request(instances[instance]!.app.server)
      .post("/graphql")
      .send({ query: "{ __typename }" });
    return { status, remaining: Number(/;r=(\d+);/.exec(String(headers.ratelimit))?.[1]) };
  };

  /** Asks until Redis counts again; it comes back by itself. */
  async function untilShared(): Promise<void> {
    for (;;) {
      const [first, second] = [await ask(0), await ask(1)];
      if (second.remaining === first.remaining - 1) return;
    }
  }

  it("share what a caller may spend, and go on alone while it is dead", async () => {
    expect([await ask(0), await ask(1), await ask(0)].map(({ remaining }) => remaining)).toEqual([9, 8, 7]);
    await redis.kill();
    // Each counts for itself, and nobody sees an error.
    expect(await ask(0)).toEqual({ status: 200, remaining: 9 });
    expect(await ask(1)).toEqual({ status: 200, remaining: 9 });
    expect(await ask(0)).toEqual({ status: 200, remaining: 8 });
    for (let n = 0; n < 8; n++) expect((await ask(0)).status).toBe(200);
    expect((await ask(0)).status).toBe(429);
  });

  it("share it again when Redis is back", async () => {
    for (const instance of instances) await instance.close();
    await redis.start();
    const config = { rateLimits: { anonymous: 1_000_000, user: 10 }, redisUrl: redis.url };
    instances = [await testApi(config), await testApi(config)];
    await untilShared();
    await redis.kill();
    expect((await ask(0)).remaining).toBe(999_999);
    await redis.start();
    await untilShared();
  });
});

it("a server starts without the Redis that it is told of", async () => {
  const alone = await testApi({ rateLimits: { anonymous: 10, user: 10 }, redisUrl: "redis://127.0.0.1:1" });
  expect(await alone.data("{ rateLimit { remaining } }")).toEqual({ rateLimit: { remaining: 9 } });
  await alone.close();
});
