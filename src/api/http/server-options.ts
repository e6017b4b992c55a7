import type { FastifyInstance } from "fastify";
import { answerUnparsable } from "./connections/client-errors.js";
import type { HttpSettings } from "../../config/http.config.js";

/** Milliseconds without a byte in either direction, after which a connection is closed whatever it is at. */
const SILENCE = 30_000;

/** Fastify's options by which slow clients do not hold a connection, nor large ones memory. */
export function serverOptions(settings: HttpSettings) {
  return {
    bodyLimit: settings.bodyLimit,
    requestTimeout: settings.requestTimeout,
    keepAliveTimeout: settings.keepAliveTimeout,
    connectionTimeout: SILENCE,
    forceCloseConnections: "idle" as const,
    return503OnClosing: false,
    clientErrorHandler: answerUnparsable,
    http: {
      headersTimeout: settings.headersTimeout,
      connectionsCheckingInterval: settings.checkInterval,
      maxHeaderSize: settings.maxHeaderSize,
    },
  };
}

/** Bounds how long an answer may take to be read. */
export function boundAnswers(app: FastifyInstance, settings: HttpSettings): void {
  // Files that are streamed are read as they are made, and have limits where they are.
  app.addHook("onSend", (_request, reply, payload, done) => {
    // A client that left before there was an answer reads none: "close" has been emitted.
    if ((typeof payload === "string" || Buffer.isBuffer(payload)) && !reply.raw.destroyed) {
      const overdue = setTimeout(() => reply.raw.destroy(), settings.answerTimeout);
      reply.raw.once("close", () => {
        clearTimeout(overdue);
      });
    }
    done();
  });
}
