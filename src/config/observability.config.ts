import { integer, oneOf, type Environment } from "./environment.js";

export interface ObservabilitySettings {
  /** Who gets /metrics: all who reach it, callers of this machine, nobody. */
  metrics: "on" | "local" | "off";
  /** The address and port of a listener for metrics alone; without the port they are where everything is. */
  metricsHost: string;
  metricsPort: number | null;
  /** Milliseconds from which on a request is slow. */
  slowOperation: number;
  /** Whether traces are made; where they go is read by the exporter itself. */
  tracing: boolean;
}

/** @throws OperatorError that names the variable, what it holds and what is allowed. */
export function readObservabilitySettings(env: Environment): ObservabilitySettings {
  return {
    metrics: oneOf(env, "METRICS", isPublished(env) ? "off" : "local", ["on", "local", "off"] as const),
    metricsHost: env.METRICS_HOST || "127.0.0.1",
    metricsPort: env.METRICS_PORT ? integer(env, "METRICS_PORT", 0, 0, 65_535) : null,
    slowOperation: integer(env, "SLOW_OPERATION", 1_000, 0, 600_000),
    tracing:
      Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) &&
      env.OTEL_SDK_DISABLED?.toLowerCase() !== "true",
  };
}

/** Behind a proxy of the same machine every caller may look like one of this machine. */
function isPublished(env: Environment): boolean {
  return Boolean(env.PUBLIC_URL || env.TRUST_PROXY);
}
