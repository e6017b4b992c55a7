import type { Timed } from "./measure.js";
import { median, quantile } from "./metrics.js";
import { milliseconds, table, timesAsFast } from "./table.js";

/** The kind of question that has a table of its own. */
export const FIRST_PAGES = "first page";

/** What the issue that asked for the benchmark demands; the references come with no target. */
const TARGETS: Record<string, string> = {
  [FIRST_PAGES]: "p50 ≤ 12, p95 ≤ 40, max ≤ 120",
  "50th page": "p95 ≤ 100",
  totalCount: "p95 ≤ 100",
  "by UPVOTES": "p95 ≤ 100",
  "by PUBLISHED_AT": "p95 ≤ 100",
  "by TRENDING": "p95 ≤ 100",
  filters: "p95 ≤ 100",
  autocomplete: "p95 ≤ 10",
  didYouMean: "p95 ≤ 40",
};

/** Milliseconds of the references for each question, in the questions' order. */
export interface ReferenceTimes {
  usual: number[];
  /** Null where there is no SQLite. */
  sqlite: number[] | null;
}

/** Listed of the first pages, and of each other kind. */
const SLOWEST = 15;
const SLOWEST_OTHERS = 5;

/** A row for each family and one for all; the ratios are geometric means of the single searches' ratios. */
export function firstPageTable(timed: readonly Timed[], references: ReferenceTimes): string {
  const rows = groups(timed).map(([name, indexes]) => {
    const own = indexes.map((index) => timed[index]?.milliseconds ?? NaN);
    const of = (times: number[] | null) => times && indexes.map((index) => times[index] ?? NaN);
    return [
      ...statistics(name, own, failures(timed, indexes)),
      ...compared(own, of(references.usual)),
      ...compared(own, of(references.sqlite)),
    ];
  });
  const head = [
    "first page, ms",
    "n",
    "p50",
    "p95",
    "max",
    "failed",
    "| ts_rank p50",
    "p95",
    "ratio",
    "| FTS5 p50",
    "p95",
    "ratio",
  ];
  return table(head, rows);
}

/** A row for each kind of question. */
export function kindsTable(kinds: readonly (readonly [kind: string, timed: readonly Timed[]])[]): string {
  const rows = kinds.map(([kind, timed]) => [
    ...statistics(
      kind,
      timed.map((each) => each.milliseconds),
      failures(timed, [...timed.keys()]),
    ),
    TARGETS[kind] ?? "",
  ]);
  return table(["ms", "n", "p50", "p95", "max", "failed", "target"], rows);
}

/** The slowest questions of all kinds, with what asks them. */
export function slowest(kind: string, timed: readonly Timed[]): string {
  const worst = [...timed]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, kind === FIRST_PAGES ? SLOWEST : SLOWEST_OTHERS);
  const rows = worst.map(({ family, label, milliseconds: time, failure }) => [
    label.slice(0, 80),
    family,
    milliseconds(time),
    failure ?? "",
  ]);
  return table([`slowest: ${kind}`, "family", "ms", "failure"], rows);
}

function groups(timed: readonly Timed[]): [name: string, indexes: number[]][] {
  const families = new Map<string, number[]>();
  for (const [index, { family }] of timed.entries())
    families.set(family, [...(families.get(family) ?? []), index]);
  return [...families, ["all", [...timed.keys()]]];
}

function failures(timed: readonly Timed[], indexes: readonly number[]): number {
  return indexes.filter((index) => timed[index]?.failure).length;
}

function statistics(name: string, times: readonly number[], failed: number): string[] {
  return [
    name,
    String(times.length),
    ...[median(times), quantile(times, 0.95), Math.max(...times)].map(milliseconds),
    String(failed),
  ];
}

function compared(own: readonly number[], reference: readonly number[] | null): string[] {
  if (!reference) return ["-", "-", "-"];
  const ratios = own.map((time, index) => Math.log((reference[index] ?? NaN) / time));
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
  return [milliseconds(median(reference)), milliseconds(quantile(reference, 0.95)), timesAsFast(1, mean)];
}
