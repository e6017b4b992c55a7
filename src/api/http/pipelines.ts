import type { FastifyInstance } from "fastify";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { errorText } from "./connections/client-errors.js";

/** Requests of one connection that may wait while another one is answered. */
const MAX_WAITING = 16;

/** Requests that one connection has sent and that are not answered. */
interface Pipeline {
  isBusy: boolean;
  isClosing: boolean;
  waiting: (() => void)[];
}

/**
 * Answers the requests of a connection one after the other, each in a turn of the event loop of its own, and closes a
 * connection that sends many without waiting for their answers. Node.js hands over all requests of a piece of 64 KiB at
 * once, which may be thousands.
 */
export function boundPipelines({ server }: FastifyInstance): void {
  const [listener] = server.listeners("request") as RequestListener[];
  if (!listener) return;
  const pipelines = new WeakMap<Socket, Pipeline>();
  server.off("request", listener);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const pipeline = pipelines.get(socket) ?? { isBusy: false, isClosing: false, waiting: [] };
    pipelines.set(socket, pipeline);
    if (pipeline.isClosing) return;
    const answer = () => {
      response.once("close", () => {
        const next = pipeline.waiting.shift();
        pipeline.isBusy = next !== undefined;
        if (next) setImmediate(next);
      });
      if (!socket.destroyed) listener.call(server, request, response);
    };
    if (!pipeline.isBusy) {
      pipeline.isBusy = true;
      answer();
      return;
    }
    pipeline.isClosing = pipeline.waiting.length >= MAX_WAITING;
    const refusal = () => {
      refuse(response);
    };
    pipeline.waiting.push(pipeline.isClosing ? refusal : answer);
  });
}

function refuse(response: ServerResponse): void {
  const { body, headers } = errorText(
    "Wait for the answers of this connection before you send more requests.",
    "RATE_LIMITED",
  );
  response.writeHead(429, { ...headers, "retry-after": "1" }).end(body);
}
