import type { FastifyReply, FastifyRequest } from "fastify";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { listen } from "../events.js";
import { routeOf, type Ending } from "../request-log.js";
import type { Operation, RequestRecord } from "../request-record.js";
import { operationNames } from "./operation-names.js";

export interface RequestMetrics {
  began(): void;
  ended(
    record: RequestRecord,
    exchange: { request: FastifyRequest; reply: FastifyReply },
    ending: Ending,
  ): void;
  /** Ends the listening for costs. */
  stop(): void;
}

/** Seconds: from answers out of memory to the longest analysis. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const POINTS = [1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000];

/** Requests by route, GraphQL operations by name, the errors that callers were told, and what operations cost. */
export function requestMetrics(register: Registry): RequestMetrics {
  const registers = [register];
  const inFlight = new Gauge({
    name: "papergraph_http_requests_in_flight",
    help: "Requests that are being served.",
    registers,
  });
  const requests = new Counter({
    name: "papergraph_http_requests_total",
    help: "Requests by method, pattern of the route, and status; aborted are those whose client left before the answer.",
    labelNames: ["method", "route", "status"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "papergraph_http_request_duration_seconds",
    help: "Seconds from a request's headers to the end of its answer.",
    labelNames: ["method", "route"] as const,
    buckets: SECONDS,
    registers,
  });
  const errors = new Counter({
    name: "papergraph_errors_total",
    help: "Errors that callers were told, by code, of GraphQL and REST.",
    labelNames: ["code"] as const,
    registers,
  });
  const operations = operationMetrics(register);
  return {
    began: () => {
      inFlight.inc();
    },
    ended: ({ operation, errorCodes }, { request, reply }, { milliseconds, aborted }) => {
      inFlight.dec();
      const { method } = request;
      const route = routeOf(request);
      requests.inc({ method, route, status: aborted ? "aborted" : String(reply.statusCode) });
      durations.observe({ method, route }, milliseconds / 1_000);
      for (const code of errorCodes) errors.inc({ code });
      if (operation) operations.ended(operation, milliseconds, errorCodes.length > 0);
    },
    stop: operations.stop,
  };
}

function operationMetrics(register: Registry) {
  const registers = [register];
  const labelNames = ["operation", "type"] as const;
  const operations = new Counter({
    name: "papergraph_graphql_operations_total",
    help: "GraphQL operations by name (the first 200 names; the others are other) and type, with errors or without.",
    labelNames: [...labelNames, "outcome"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "papergraph_graphql_operation_duration_seconds",
    help: "Seconds of the requests that ran the operation.",
    labelNames,
    buckets: SECONDS,
    registers,
  });
  const costs = new Histogram({
    name: "papergraph_graphql_cost_points",
    help: "Points that operations cost, refused ones included.",
    buckets: POINTS,
    registers,
  });
  const spent = new Counter({
    name: "papergraph_graphql_operation_cost_points_total",
    help: "Points that operations cost, by name.",
    labelNames: ["operation"] as const,
    registers,
  });
  const nameOf = operationNames((operation) => {
    spent.remove({ operation });
    for (const type of ["query", "mutation"]) {
      durations.remove({ operation, type });
      for (const outcome of ["ok", "error"]) operations.remove({ operation, type, outcome });
    }
  });
  const stop = listen("cost", ({ cost, operation }) => {
    if (!Number.isFinite(cost)) return;
    costs.observe(cost);
    spent.inc({ operation: nameOf(operation) }, cost);
  });
  return {
    ended({ name, type }: Operation, milliseconds: number, failed: boolean): void {
      const operation = nameOf(name);
      operations.inc({ operation, type, outcome: failed ? "error" : "ok" });
      durations.observe({ operation, type }, milliseconds / 1_000);
    },
    stop,
  };
}
