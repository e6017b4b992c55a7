import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { Budget } from "./budget.js";
import { secondsUntil } from "./rate-limited.js";
import { createRateLimiter, WINDOW } from "./rate-limiter.js";
import type { RateLimitSettings } from "./rate-limit-settings.js";
import { TokenPayers } from "./token-payers.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Points that a request takes, 1 without it; "later": the route finds out itself and spends the request's budget. */
    cost?: number | "later";
  }
  interface FastifyRequest {
    /** Null where nothing is counted. */
    budget: Budget | null;
    /** Tells that the request's token is good, so that it pays from now on. */
    tokenIsGood: () => void;
  }
}

/** What reading a list costs, at this and every other door. */
const USUAL = 1;

/**
 * Charges each request to its access token or network address, by its route's `config.cost`, tells in the headers of
 * draft-ietf-httpapi-ratelimit-headers what is left, and answers 429 with Retry-After when that is not enough.
 */
export function registerRateLimits(
  app: FastifyInstance,
  settings: RateLimitSettings | null,
  redis: Redis | null,
): void {
  app.decorateRequest("budget", null);
  app.decorateRequest("tokenIsGood", () => undefined);
  if (!settings) return;
  const limiter = createRateLimiter(settings, redis);
  const payers = new TokenPayers();
  app.addHook("onRequest", async (request) => {
    const { cost = USUAL } = request.routeOptions.config;
    const { authorization } = request.headers;
    if (cost === 0 || request.method === "OPTIONS") return;
    const budget = new Budget(limiter, payers.payerOf(authorization, request.ip));
    request.budget = budget;
    request.tokenIsGood = () => {
      if (authorization !== undefined) budget.payBy(payers.remember(authorization));
    };
    if (cost === "later") return;
    budget.refuseSpent();
    await budget.spend(cost);
  });
  app.addHook("onSend", async (request, reply) => {
    const { budget } = request;
    if (!budget) return;
    const { authorization } = request.headers;
    if (reply.statusCode === 401 && authorization !== undefined) payers.forget(authorization);
    // What failed before its cost was known: it is too late to refuse it, but not the next one.
    if (!budget.isCharged) await budget.spend(USUAL).catch(() => undefined);
    writeHeaders(reply, budget);
  });
}

function writeHeaders(reply: FastifyReply, { left }: Budget): void {
  const seconds = secondsUntil(left.resetAt);
  void reply
    .header("ratelimit-policy", `"default";q=${left.limit};w=${WINDOW}`)
    .header("ratelimit", `"default";r=${left.remaining};t=${seconds}`);
  if (reply.statusCode === 429 && !reply.hasHeader("retry-after")) void reply.header("retry-after", seconds);
}
