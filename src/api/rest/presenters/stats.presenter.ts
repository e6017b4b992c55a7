import type { PaperStats, StatsPart } from "../../../analytics/stats/paper-stats.js";
import { snakeCase, type Cell } from "../content-negotiation.js";
import type { StatsItem } from "../schemas/analytics.schema.js";

const FIGURES = ["sum", "avg", "min", "max", "median", "p90"] as const;
const NUMBERS: ReadonlySet<StatsPart> = new Set(["upvotes", "comments", "authors", "codeStars"]);

/** @returns the parts that were asked for, and no others. */
export function writeStats(stats: PaperStats, parts: readonly StatsPart[]): StatsItem {
  return Object.fromEntries(
    parts.map((part) => {
      const value = stats[part];
      return [part, value instanceof Date ? value.toISOString() : value];
    }),
  );
}

/** @returns the names of the parts' columns: `count`, `upvotes_sum`, `upvotes_avg`, … */
export function statsHeader(parts: readonly StatsPart[]): string[] {
  return parts.flatMap((part) =>
    NUMBERS.has(part) ? FIGURES.map((figure) => `${snakeCase(part)}_${figure}`) : snakeCase(part),
  );
}

/** @returns the parts' cells, in the order of their header. */
export function statsCells(stats: PaperStats, parts: readonly StatsPart[]): Cell[] {
  return parts.flatMap((part): Cell[] => {
    const value = stats[part];
    if (value === null || typeof value !== "object" || value instanceof Date) return [value];
    return FIGURES.map((figure) => value[figure]);
  });
}
