import type { Environment } from "./environment.js";
import { OperatorError } from "../shared/errors.js";

/** The value may hold a password and is not repeated. */
export function redisUrl(env: Environment): string | null {
  const value = env.REDIS_URL;
  if (!value) return null;
  if (!/^rediss?:\/\/./.test(value) || !URL.canParse(value)) {
    throw new OperatorError(
      "REDIS_URL is not the address of a Redis server: write redis://user:password@host:6379/0, or rediss:// for TLS.",
    );
  }
  return value;
}
