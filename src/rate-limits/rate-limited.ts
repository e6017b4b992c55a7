import { PapergraphError } from "../errors.js";

/** What somebody who pays has. */
export interface Account {
  limit: number;
  remaining: number;
  /** Milliseconds since 1970 when all is there again. */
  resetAt: number;
}

/** A refusal, with what is left. */
export class RateLimited extends PapergraphError {
  constructor(
    readonly account: Account,
    points: number,
  ) {
    const { limit, remaining, resetAt } = account;
    const left =
      remaining > 0
        ? `${remaining} of the ${limit} points a minute are left`
        : `The ${limit} points a minute are used up`;
    const asked = remaining > 0 || points > limit ? `, and this takes ${points}` : "";
    const seconds = secondsUntil(resetAt);
    super("RATE_LIMITED", `${left}${asked}. There are new ones in ${seconds} seconds.`, undefined, seconds);
  }
}

export function secondsUntil(moment: number): number {
  return Math.max(1, Math.ceil((moment - Date.now()) / 1_000));
}
