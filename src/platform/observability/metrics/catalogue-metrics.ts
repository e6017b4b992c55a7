import { setTimeout as sleep } from "node:timers/promises";
import { Counter, Gauge, type Registry } from "prom-client";

/** All imports that have ended, added up. */
export interface ImportTotals {
  added: number;
  updated: number;
  unchanged: number;
  rejected: number;
  /** How many there are of the one and of the other. */
  complete: number;
  failed: number;
  /** The last complete one. */
  last: { endedAt: Date; seconds: number } | null;
  /** In the database, as PostgreSQL estimates where they are many. */
  papers: number;
}

/** Where the sums of imports come from. */
export interface ImportSums {
  totals(): Promise<ImportTotals>;
}

/** Milliseconds for which what the database said is good. */
const GOOD_FOR = 5_000;
/** Milliseconds that who asks for metrics waits for the database. */
const PATIENCE = 250;
/** Milliseconds after which a database that says nothing is as good as gone. */
const SILENT = 2_000;

/**
 * What the database knows of imports, which run in processes of their own. Metrics are there when the database is not:
 * they then have what was read last.
 * @returns what reads it anew; to be awaited before metrics are printed.
 */
export function catalogueMetrics(register: Registry, imports: ImportSums): () => Promise<void> {
  const { kept, refresh } = keptFresh(() => imports.totals());
  const gauge = (name: string, help: string, valueOf: (totals: ImportTotals) => number | undefined) =>
    new Gauge({
      name,
      help,
      registers: [register],
      collect() {
        const { last } = kept;
        const value = last && valueOf(last);
        if (value != null) this.set(value);
      },
    });
  new Gauge({
    name: "papergraph_database_up",
    help: "Whether the database answered when it was last asked.",
    registers: [register],
    collect() {
      const { isUp } = kept;
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
        const { last } = kept;
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
  return refresh;
}

interface Kept<T> {
  last: T | null;
  isUp: boolean | null;
}

interface KeptFresh<T> {
  kept: Kept<T>;
  /** Has it read again when it is old, and waits for that, but not for long. */
  refresh: () => Promise<void>;
}

function keptFresh<T>(read: () => Promise<T>): KeptFresh<T> {
  const kept: Kept<T> = { last: null, isUp: null };
  let readAt = -Infinity;
  let askedAt = 0;
  let reading: Promise<void> | null = null;
  async function readAnew(): Promise<void> {
    try {
      kept.last = await read();
      kept.isUp = true;
    } catch {
      kept.isUp = false;
    } finally {
      reading = null;
      readAt = performance.now();
    }
  }
  return {
    kept,
    refresh: async () => {
      if (performance.now() - readAt < GOOD_FOR) return;
      if (!reading) {
        askedAt = performance.now();
        reading = readAnew();
      }
      const enough = new AbortController();
      const has = await Promise.race([
        reading.then(() => true),
        sleep(PATIENCE, false, { signal: enough.signal }).catch(() => false),
      ]);
      enough.abort();
      if (!has && performance.now() - askedAt > SILENT) kept.isUp = false;
    },
  };
}
