import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import { logRequest } from "./request-log.js";
import { RequestRecord } from "./request-record.js";
import type { RequestMetrics } from "./metrics/request-metrics.js";
import type { Tracing } from "./tracing.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Null where a request is made up. */
    record: RequestRecord | null;
  }
}

export interface RequestObservers {
  /** Milliseconds from which on a request is slow. */
  slow: number;
  metrics: RequestMetrics | null;
  tracing: Tracing | null;
}

/**
 * In the place of Fastify's two lines for each request: a record is begun, and what it holds is told once when the
 * answer is out or its client is gone. Fastify calls it for every request, those with unreadable addresses included.
 */
export class RequestLog extends Fastify.LogController {
  constructor(private readonly observers: RequestObservers) {
    super();
  }

  override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
    const { metrics, tracing, slow } = this.observers;
    const record = new RequestRecord(request.log, tracing?.begin(request) ?? null);
    request.record = record;
    metrics?.began();
    reply.raw.once("close", () => {
      const ending = {
        milliseconds: performance.now() - record.started,
        aborted: !reply.raw.writableFinished,
      };
      noteErrors(record, reply);
      record.trace?.end(reply.statusCode);
      metrics?.ended(record, { request, reply }, ending);
      logRequest(record, { request, reply }, ending, slow);
    });
  }

  override requestCompleted(): void {
    // The line is written when the connection has the answer, or is gone; see above.
  }

  /** That a client left in the middle of a stream stands in the request's line. */
  override streamError(error: NodeJS.ErrnoException, request: FastifyRequest, reply: FastifyReply): void {
    if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") super.streamError(error, request, reply);
  }
}

/** REST says the code in a header; what GraphQL refuses before it is a question has nothing but its status. */
function noteErrors({ errorCodes }: RequestRecord, reply: FastifyReply): void {
  const code = reply.getHeader("x-error-code");
  if (typeof code === "string") errorCodes.push(code);
  else if (reply.statusCode >= 400 && !errorCodes.length) errorCodes.push(`HTTP_${reply.statusCode}`);
}
