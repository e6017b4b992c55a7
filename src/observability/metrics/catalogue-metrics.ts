import { Counter, Gauge, type Registry } from "prom-client";
import type { ImportTotals, ImportRunStore } from "../../import/import-run.store.js";

/** Milliseconds for which what the database said is good. */
const GOOD_FOR = 15_000;

/**
 * What the database knows of imports, which run in processes of their own. Nobody waits for it: being asked for metrics
 * lets it be read anew, and the answer has what was read last, so metrics are there when the database is not.
 */
export function catalogueMetrics(register: Registry, imports: Pick<ImportRunStore, "totals">): void {
  const refresh = keptFresh(() => imports.totals());
  const gauge = (name: string, help: string, valueOf: (totals: ImportTotals) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        const { last } = refresh();
        const value = last && valueOf(last);
        if (value != null) this.set(value);
      },
    });
  new Gauge({
    name: "papergraph_database_up",
    help: "Whether the database answered when it was last asked, at most some seconds before the metrics before these.",
    registers: [register],
    collect() {
      const { isUp } = refresh();
      if (isUp !== null) this.set(isUp ? 1 : 0);
    },
  });
  gauge("papergraph_papers", "Papers in the database, as PostgreSQL estimates.", ({ papers }) => papers);
  const counter = (
    name: string,
    help: string,
    outcomes: readonly ("complete" | "failed" | "added" | "updated" | "unchanged" | "rejected")[],
  ) =>
    new Counter({
      name,
      help,
      labelNames: ["outcome"] as const,
      registers: [register],
      collect() {
        const { last } = refresh();
        if (!last) return;
        this.reset();
        for (const outcome of outcomes) this.inc({ outcome }, last[outcome]);
      },
    });
  counter("papergraph_imports_total", "Imports that have ended, by how.", ["complete", "failed"]);
  counter("papergraph_import_papers_total", "Papers of all imports, by what came of them.", [
    "added",
    "updated",
    "unchanged",
    "rejected",
  ]);
  gauge("papergraph_import_last_timestamp_seconds", "When the last complete import ended.", ({ last }) =>
    last ? last.endedAt.getTime() / 1_000 : undefined,
  );
  gauge(
    "papergraph_import_last_duration_seconds",
    "Seconds that the last complete import took.",
    ({ last }) => last?.seconds,
  );
}

interface Kept<T> {
  last: T | null;
  isUp: boolean | null;
}

/** @returns what gives the value that was read last, at once, and has it read again when it is old. */
function keptFresh<T>(read: () => Promise<T>): () => Kept<T> {
  const kept: Kept<T> = { last: null, isUp: null };
  let readAt = -Infinity;
  let reading = false;
  async function readAnew(): Promise<void> {
    reading = true;
    try {
      kept.last = await read();
      kept.isUp = true;
    } catch {
      kept.isUp = false;
    } finally {
      reading = false;
      readAt = performance.now();
    }
  }
  const get = () => {
    if (!reading && performance.now() - readAt > GOOD_FOR) void readAnew();
    return kept;
  };
  get();
  return get;
}
