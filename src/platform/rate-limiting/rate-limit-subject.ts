import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { networkOf } from "../../shared/network.js";
import type { PointLimits } from "../../config/rate-limits.config.js";

/** Authorization headers whose user is remembered, and milliseconds for which they are. */
const REMEMBERED = { max: 10_000, ttl: 10 * 60_000 };

/** Who is charged: a network address, or a user with all of their access tokens. */
export interface Subject {
  kind: keyof PointLimits;
  key: string;
}

/** @returns one text for one subject. */
export function subjectId({ kind, key }: Subject): string {
  return `${kind}:${key}`;
}

/** @returns the subject of requests without a valid token from this address. */
export function networkSubject(address: string): Subject {
  return { kind: "anonymous", key: networkOf(address) };
}

/**
 * Finds out who is charged for a request before its token is looked up. Only a token that was valid before charges its
 * user: else whoever makes up a new one for each request would have no limit.
 */
export class KnownTokens {
  private readonly users = new LRUCache<string, Subject>(REMEMBERED);

  subjectOf(authorization: string | undefined, address: string): Subject {
    const user = authorization === undefined ? undefined : this.users.get(hashOf(authorization));
    return user ?? networkSubject(address);
  }

  /** The token has been found to be valid. @returns who is charged from now on. */
  remember(authorization: string, user: { key: number }): Subject {
    const subject: Subject = { kind: "user", key: String(user.key) };
    this.users.set(hashOf(authorization), subject);
    return subject;
  }

  /** The token has been refused. */
  forget(authorization: string): void {
    this.users.delete(hashOf(authorization));
  }
}

/** The token itself is kept nowhere. */
function hashOf(authorization: string): string {
  return createHash("sha256").update(authorization).digest("base64url");
}
