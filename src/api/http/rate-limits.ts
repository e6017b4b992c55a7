import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Redis } from "ioredis";
import { actualPoints } from "../cost/actual-points.js";
import type { RouteCost } from "../cost/rest-cost.js";
import { MILLISECONDS_PER_POINT } from "../cost/weights.js";
import { Budget } from "../../platform/rate-limiting/budget.js";
import { secondsUntilReset } from "../../platform/rate-limiting/rate-limited.js";
import { createRateLimiter, WINDOW } from "../../platform/rate-limiting/rate-limiter.js";
import type { RateLimitSettings } from "../../config/rate-limits.config.js";
import { KnownTokens, networkSubject } from "../../platform/rate-limiting/rate-limit-subject.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /**
     * Points that a request takes, 1 without it: a number, or counted from its checked parameters; "later": the route
     * finds out itself and consumes from the request's budget.
     */
    cost?: number | RouteCost | "later";
  }
  interface FastifyRequest {
    /** Null where nothing is counted. */
    budget: Budget | null;
    /**
     * To be called when the request's token has turned out to be valid: its user is charged from now on, and for what the
     * request has consumed so far.
     * @throws RATE_LIMITED when the user has not so much left.
     */
    confirmToken: (user: { key: number }) => Promise<void>;
  }
}

/** What reading a list costs, in both APIs. */
const USUAL = 1;

/**
 * Charges each request to its user or network address, by its route's `config.cost`, writes what is left to the headers
 * of draft-ietf-httpapi-ratelimit-headers, and answers 429 with Retry-After when that is not enough.
 */
export function registerRateLimits(
  app: FastifyInstance,
  settings: RateLimitSettings | null,
  redis: Redis | null,
): void {
  app.decorateRequest("budget", null);
  app.decorateRequest("confirmToken", () => Promise.resolve());
  if (!settings) return;
  const limiter = createRateLimiter(settings, redis);
  const tokens = new KnownTokens();
  app.addHook("onRequest", async (request, reply) => {
    const { cost = USUAL } = request.routeOptions.config;
    const { authorization } = request.headers;
    if (cost === 0 || request.method === "OPTIONS") return;
    const budget = new Budget(limiter, tokens.subjectOf(authorization, request.ip));
    request.budget = budget;
    // What is streamed, and what its client left, costs what it has cost in the end.
    reply.raw.once("close", () => void settle(request, budget, settings).catch(() => undefined));
    request.confirmToken = async (user) => {
      if (authorization !== undefined) await budget.chargeTo(tokens.remember(authorization, user));
    };
    if (cost === "later") return;
    budget.rejectIfExhausted();
    if (typeof cost === "number") await budget.consume(cost);
  });
  app.addHook("preHandler", async (request) => {
    const { cost } = request.routeOptions.config;
    if (typeof cost === "function") await request.budget?.consume(cost(request));
  });
  app.addHook("onSend", async (request, reply) => {
    const { budget } = request;
    if (!budget) return;
    if (reply.statusCode === 401) await chargeAddress(request, budget, tokens).catch(() => undefined);
    // What failed before its cost was known: it is too late to refuse it, but not the next one.
    if (!budget.isCharged) await budget.consume(USUAL).catch(() => undefined);
    await settle(request, budget, settings).catch(() => undefined);
    writeHeaders(reply, budget);
  });
}

/** Charges what the request has really cost so far. Routes that count no points of their own cost at least what was expected. */
async function settle(
  { work, routeOptions }: FastifyRequest,
  budget: Budget,
  { byTime }: RateLimitSettings,
): Promise<void> {
  if (!work || !budget.consumed) return;
  const { cost = USUAL } = routeOptions.config;
  const least = cost === "later" ? Math.min(budget.consumed, USUAL) : budget.expected;
  await budget.settle(actualPoints(work, least, byTime === true ? MILLISECONDS_PER_POINT : Infinity));
}

/** A token that is not valid any more costs its former user nothing. */
async function chargeAddress(request: FastifyRequest, budget: Budget, tokens: KnownTokens): Promise<void> {
  const { authorization } = request.headers;
  if (authorization !== undefined) tokens.forget(authorization);
  await budget.chargeTo(networkSubject(request.ip));
}

function writeHeaders(reply: FastifyReply, { left }: Budget): void {
  const seconds = secondsUntilReset(left);
  void reply
    .header("ratelimit-policy", `"default";q=${left.limit};w=${WINDOW}`)
    .header("ratelimit", `"default";r=${left.remaining};t=${seconds}`);
  if (reply.statusCode === 429 && !reply.hasHeader("retry-after")) void reply.header("retry-after", seconds);
}
