import { defaultTextMapGetter, ROOT_CONTEXT } from "@opentelemetry/api";
import { setGlobalErrorHandler, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import { packageVersion } from "../../shared/version.js";
import { routeOf } from "./request-log.js";
import { RequestTrace } from "./request-trace.js";

/** Milliseconds that spans get at the end to be sent. */
const FLUSH_TIMEOUT = 3_000;
/** Milliseconds between two lines that say that spans cannot be sent. */
const COMPLAIN_EVERY = 60_000;

export interface Tracing {
  begin(request: FastifyRequest): RequestTrace;
  /** Sends what is left, within some seconds. */
  stop(): Promise<void>;
}

/**
 * Makes traces and sends them by OTLP over HTTP, as the usual OTEL_… variables say. To be imported only where traces are
 * wanted. Spans are sent in the background, and are dropped when more come than can be sent.
 */
export function startTracing(log: FastifyBaseLogger): Tracing {
  complainTo(log);
  const service = resourceFromAttributes({
    "service.name": "papergraph",
    "service.version": packageVersion(),
  });
  const provider = new BasicTracerProvider({
    resource: service.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer("papergraph", packageVersion());
  const propagator = new W3CTraceContextPropagator();
  return {
    begin: (request) => {
      const above = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
      return new RequestTrace(tracer, above, request.method, routeOf(request));
    },
    stop: async () => {
      const late = new AbortController();
      await Promise.race([provider.shutdown().catch(() => undefined), sleep(FLUSH_TIMEOUT, late.signal)]);
      late.abort();
    },
  };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
    });
  });
}

/** Spans that cannot be sent hurt no request; a line now and then tells of them. */
function complainTo(log: FastifyBaseLogger): void {
  let complained = -Infinity;
  setGlobalErrorHandler((error) => {
    if (performance.now() - complained < COMPLAIN_EVERY) return;
    complained = performance.now();
    const { message, code } = error as { message?: string; code?: string };
    log.warn({ reason: code ?? message?.slice(0, 200) }, "traces cannot be sent");
  });
}
