import { Counter, Histogram, type Registry } from "prom-client";
import { listen } from "../events.js";

/** Seconds: a statement of a millisecond is a usual one. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15];

/**
 * What is told by events: SQL statements, caches, rate limits.
 * @returns what ends the listening.
 */
export function eventMetrics(register: Registry): () => void {
  const registers = [register];
  const statements = new Histogram({
    name: "papergraph_sql_statement_duration_seconds",
    help: "Seconds of SQL statements, by label, with the wait for a connection.",
    labelNames: ["statement"] as const,
    buckets: SECONDS,
    registers,
  });
  const failures = new Counter({
    name: "papergraph_sql_statement_failures_total",
    help: "SQL statements that failed, by label.",
    labelNames: ["statement"] as const,
    registers,
  });
  const caches = new Counter({
    name: "papergraph_cache_requests_total",
    help: "How often caches were asked, with and without success.",
    labelNames: ["cache", "outcome"] as const,
    registers,
  });
  const rateLimits = new Counter({
    name: "papergraph_rate_limit_decisions_total",
    help: "Requests that the rate limit of their user or address allowed or refused.",
    labelNames: ["kind", "outcome"] as const,
    registers,
  });
  const stops = [
    listen("statement", ({ label, milliseconds, failed }) => {
      statements.observe({ statement: label }, milliseconds / 1_000);
      if (failed) failures.inc({ statement: label });
    }),
    listen("cache", ({ cache, outcome }) => {
      caches.inc({ cache, outcome });
    }),
    listen("rate-limit", ({ kind, outcome }) => {
      rateLimits.inc({ kind, outcome });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
