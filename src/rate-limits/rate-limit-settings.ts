import { flag, integer, type Environment } from "../environment.js";

/** Points that may be consumed in a minute. */
export interface RateLimitSettings {
  /** By one network address. */
  anonymous: number;
  /** By one user, with all of their access tokens together. */
  user: number;
}

const MOST = 100_000_000;

/** @returns null when RATE_LIMIT is off. @throws OperatorError that names the variable. */
export function readRateLimits(env: Environment): RateLimitSettings | null {
  const settings = {
    anonymous: integer(env, "RATE_LIMIT_ANONYMOUS", 6_000, 1, MOST),
    user: integer(env, "RATE_LIMIT_TOKEN", 12_000, 1, MOST),
  };
  return flag(env, "RATE_LIMIT", true) ? settings : null;
}
