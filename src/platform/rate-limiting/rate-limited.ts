import { PapergraphError } from "../../shared/errors.js";

/** The points that a subject has left. */
export interface Quota {
  limit: number;
  remaining: number;
  /** When all points are available again, by performance.now(): the time of day may be set while somebody waits. */
  resetsAt: number;
}

/** A refusal, with the quota that was too small. */
export class RateLimited extends PapergraphError {
  constructor(
    readonly quota: Quota,
    points: number,
  ) {
    const { limit, remaining } = quota;
    const left =
      remaining > 0
        ? `${remaining} of the ${limit} points a minute are left`
        : `The ${limit} points a minute are used up`;
    const asked = remaining > 0 || points > limit ? `, and this takes ${points}` : "";
    const seconds = secondsUntilReset(quota);
    super("RATE_LIMITED", `${left}${asked}. There are new ones in ${seconds} seconds.`, undefined, seconds);
  }
}

/** @returns whole seconds, at least 1. */
export function secondsUntilReset({ resetsAt }: Quota): number {
  return Math.max(1, Math.ceil((resetsAt - performance.now()) / 1_000));
}
