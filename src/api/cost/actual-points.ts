import type { RequestWork } from "../../platform/work/request-work.js";
import { MILLISECONDS_PER_POINT, UNMEASURED_MILLISECONDS } from "./weights.js";

/**
 * @param least what a request costs at least.
 * @returns what a request really cost: the points of what its fields did, or of the time that it took, whichever is more.
 */
export function actualPoints(
  work: RequestWork,
  least = 1,
  millisecondsPerPoint = MILLISECONDS_PER_POINT,
): number {
  work.chargeNow();
  const { points, sqlMilliseconds, cpuMilliseconds } = work;
  const time = (sqlMilliseconds + cpuMilliseconds + UNMEASURED_MILLISECONDS) / millisecondsPerPoint;
  // Sums of hundredths are not exact.
  return Math.max(least, Math.ceil(Math.round(Math.max(points, time) * 1e6) / 1e6));
}
