import type { FastifyInstance } from "fastify";
import { createMetrics, type MetricsSources } from "./metrics/metrics.js";
import { registerMetrics } from "./metrics/metrics.routes.js";
import type { RequestObservers } from "./observe-requests.js";
import type { ObservabilitySettings } from "../../config/observability.config.js";

/** Sets up what watches the server: records of requests for their log lines, /metrics, traces. To be registered first. */
export async function registerObservability(
  app: FastifyInstance,
  observers: RequestObservers,
  settings: ObservabilitySettings,
  sources: MetricsSources,
): Promise<void> {
  app.decorateRequest("record", null);
  if (settings.metrics !== "off") {
    const metrics = createMetrics(sources);
    observers.metrics = metrics.requests;
    registerMetrics(app, metrics, settings);
    app.addHook("onClose", (_app, done) => {
      metrics.stop();
      done();
    });
  }
  if (settings.tracing) {
    // Who makes no traces loads nothing of it.
    const { startTracing } = await import("./tracing.js");
    const tracing = startTracing(app.log);
    observers.tracing = tracing;
    app.addHook("onClose", () => tracing.stop());
  }
}
