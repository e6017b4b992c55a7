import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { PoolState } from "../../database/database.js";
import { packageVersion } from "../../../shared/version.js";
import { catalogueMetrics, type ImportSums } from "./catalogue-metrics.js";
import { eventLoopMetrics } from "./event-loop-metrics.js";
import { eventMetrics } from "./event-metrics.js";
import { poolMetrics } from "./pool-metrics.js";
import { requestMetrics, type RequestMetrics } from "./request-metrics.js";

export interface Metrics {
  requests: RequestMetrics;
  contentType: string;
  /** @returns all metrics in Prometheus' text format, a quarter of a second later at most. */
  print(): Promise<string>;
  stop(): void;
}

export interface MetricsSources {
  /** By name. */
  pools: Readonly<Record<string, () => PoolState>>;
  imports: ImportSums;
}

/** Puts together all that is measured. */
export function createMetrics({ pools, imports }: MetricsSources): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  new Gauge({
    name: "papergraph_build_info",
    help: "Always 1; which version runs on which Node.js.",
    labelNames: ["version", "node_version"] as const,
    registers: [register],
  }).set({ version: packageVersion(), node_version: process.version }, 1);
  const requests = requestMetrics(register);
  const stopListening = eventMetrics(register);
  const stopMeasuring = eventLoopMetrics(register);
  poolMetrics(register, pools);
  const refresh = catalogueMetrics(register, imports);
  return {
    requests,
    contentType: register.contentType,
    print: async () => {
      await refresh();
      return register.metrics();
    },
    stop: () => {
      requests.stop();
      stopListening();
      stopMeasuring();
    },
  };
}
