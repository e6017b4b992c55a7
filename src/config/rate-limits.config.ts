import { flag, integer, type Environment } from "./environment.js";

/** Points that may be consumed in a minute. */
export interface PointLimits {
  /** By one network address. */
  anonymous: number;
  /** By one user, with all of their access tokens together. */
  user: number;
}

export interface RateLimitSettings extends PointLimits {
  /**
   * Whether a request that took longer than its points pay for is charged by its time. Without it, numbers do not depend
   * on how busy the machine is; for tests.
   */
  byTime?: boolean;
}

const MOST = 100_000_000;

/** @returns null when RATE_LIMIT is off. @throws OperatorError that names the variable. */
export function readRateLimits(env: Environment): RateLimitSettings | null {
  const settings = {
    anonymous: integer(env, "RATE_LIMIT_ANONYMOUS", 6_000, 1, MOST),
    user: integer(env, "RATE_LIMIT_TOKEN", 12_000, 1, MOST),
    byTime: flag(env, "RATE_LIMIT_BY_TIME", true),
  };
  return flag(env, "RATE_LIMIT", true) ? settings : null;
}
