import type { FastifyInstance } from "fastify";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ErrorCode } from "../../../shared/errors.js";
import { SECURITY_HEADERS } from "../security-headers.js";

/** What Node's HTTP parser gives up on; by its codes, the status and what a caller is told. */
const FAULTS: Record<string, [status: number, error: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request did not come in time."],
  HPE_HEADER_OVERFLOW: [431, "The address and headers are too large."],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "The body is too large."],
};
const UNREADABLE: [status: number, error: string] = [400, "This is no HTTP request that can be read."];

/** Answers what never becomes a request, in the shape of all errors, and closes the connection. */
export function answerUnparsable(
  this: FastifyInstance,
  fault: Error & { code?: string },
  socket: Socket,
): void {
  if (fault.code === "ECONNRESET" || socket.destroyed) return;
  this.log.debug({ code: fault.code }, "a request could not be read");
  if (socket.writable) socket.write(answer(FAULTS[fault.code ?? ""] ?? UNREADABLE));
  socket.destroy(fault);
}

function answer([status, error]: [status: number, error: string]): string {
  const { body, headers } = errorText(error, "BAD_USER_INPUT");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`;
}

/** @returns the body and headers of an error that Fastify has no part in, after which the connection is closed. */
export function errorText(error: string, code: ErrorCode): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify({ error, code });
  return {
    body,
    headers: {
      ...SECURITY_HEADERS,
      "cache-control": "no-store",
      connection: "close",
      "content-type": "application/json; charset=utf-8",
      "content-length": String(Buffer.byteLength(body)),
    },
  };
}
