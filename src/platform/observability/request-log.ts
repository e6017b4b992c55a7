import type { FastifyReply, FastifyRequest } from "fastify";
import type { RequestRecord } from "./request-record.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Asked by machines every few seconds: its lines are for debugging alone. */
    quiet?: boolean;
  }
}

/** Characters of an operation's name, which may be as long as a request. */
const MAX_NAME = 100;
/** Different error codes that a line names. */
const MAX_CODES = 5;

export interface Ending {
  milliseconds: number;
  /** Whether the client went away before it had the answer. */
  aborted: boolean;
}

/**
 * Writes the one line that there is for a request. It has neither the address, which may hold secrets of links, nor
 * variables, nor headers. What took `slow` milliseconds or longer is a warning and names its document.
 */
export function logRequest(
  record: RequestRecord,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { milliseconds, aborted }: Ending,
  slow: number,
): void {
  const isSlow = milliseconds >= slow;
  const level = isSlow ? "warn" : request.routeOptions.config.quiet ? "debug" : "info";
  const { trace, errorCodes } = record;
  request.log[level](
    {
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      ms: rounded(milliseconds),
      ...described(record),
      sqlStatements: record.statements,
      sqlMs: rounded(record.sqlMilliseconds),
      ...(errorCodes.length && { errors: [...new Set(errorCodes)].slice(0, MAX_CODES) }),
      ...(aborted && { aborted }),
      ...(isSlow && { slow: true, documentHash: record.operation?.documentHash }),
      ...(trace && { traceId: trace.id }),
    },
    isSlow ? "slow request" : "request",
  );
}

function described({ operation, cost }: RequestRecord) {
  return {
    ...(operation && {
      operation: operation.name?.slice(0, MAX_NAME) ?? "anonymous",
      operationType: operation.type,
    }),
    ...(cost !== null && { cost }),
  };
}

/** @returns the pattern of the route, such as /api/papers/:id; none where no route was found. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? "none";
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
