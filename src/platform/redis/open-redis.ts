import type { FastifyInstance } from "fastify";
import { Redis } from "ioredis";

/** Milliseconds: what Redis is for can be done without, and nobody shall wait for it. */
const CONNECT_WITHIN = 2_000;
const ANSWER_WITHIN = 500;
/** Milliseconds without an answer after which a connection is taken for dead. */
const SILENT_FOR = 1_000;
/** Milliseconds between tries to connect again, growing to the second. */
const RETRY = { first: 100, most: 2_000 };

/**
 * Opens the connection that the instances share things through. It comes up by itself, now or later: commands fail at
 * once while it is down, and whoever uses it goes on alone. Each time it is lost and found again is one line in the log.
 * It closes with the application.
 */
export function openRedis(app: FastifyInstance, url: string): Redis {
  const { log } = app;
  const redis = new Redis(url, {
    connectTimeout: CONNECT_WITHIN,
    commandTimeout: ANSWER_WITHIN,
    socketTimeout: SILENT_FOR,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(RETRY.most, RETRY.first * 2 ** Math.min(times, 10)),
  });
  let isDown = false;
  let isClosing = false;
  redis.on("error", (error: Error) => {
    if (isDown) return;
    isDown = true;
    log.warn({ reason: error.message }, "Redis cannot be reached; this instance goes on alone until it can");
  });
  redis.on("close", () => {
    if (isDown || isClosing) return;
    isDown = true;
    log.warn("the connection to Redis was lost; this instance goes on alone until it is back");
  });
  redis.on("ready", () => {
    if (isDown) log.info("Redis is back");
    isDown = false;
  });
  app.addHook("onClose", () => {
    isClosing = true;
    redis.disconnect();
  });
  return redis;
}
