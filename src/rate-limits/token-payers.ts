import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { networkOf } from "../shared/network.js";
import type { Payer } from "./rate-limiter.js";

/** Tokens remembered as good, and milliseconds for which they are. */
const REMEMBERED = { max: 10_000, ttl: 10 * 60_000 };

/**
 * Tells who pays for a request before its token is looked up. Only a token that was good before pays for itself: else
 * whoever makes up a new one for each request would have no limit.
 */
export class TokenPayers {
  private readonly good = new LRUCache<string, true>(REMEMBERED);

  payerOf(authorization: string | undefined, address: string): Payer {
    const token = authorization === undefined ? null : tokenPayer(authorization);
    return token && this.good.has(token.key) ? token : { kind: "anonymous", key: networkOf(address) };
  }

  /** The token has been found to be good. @returns who pays from now on. */
  remember(authorization: string): Payer {
    const payer = tokenPayer(authorization);
    this.good.set(payer.key, true);
    return payer;
  }

  /** The token has been refused. */
  forget(authorization: string): void {
    this.good.delete(tokenPayer(authorization).key);
  }
}

/** However the header is spelled, a token is one payer. The token itself is kept nowhere. */
function tokenPayer(authorization: string): Payer {
  const token = authorization.trim().split(/\s+/).at(-1) ?? "";
  return { kind: "token", key: createHash("sha256").update(token).digest("base64url") };
}
