import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PapergraphError } from "../../shared/errors.js";
import { withShortEchoes } from "../../shared/truncate-message.js";
import type { HttpSettings } from "../../config/http.config.js";
import { SECURITY_HEADERS } from "./security-headers.js";

/** What a caller is told of an error. */
interface ErrorAnswer {
  status: number;
  error: string;
  code?: string;
  /** Seconds. */
  retryAfter?: number;
}

/** How requests fail, for routes that describe it. */
export const FAILURES = {
  400: "A parameter is not what it takes.",
  401: "The access token is missing or not valid.",
  404: "Not found.",
  409: "The change conflicts with the present state.",
  413: "The body is larger than this server takes.",
  415: "The body is not JSON, or compressed.",
  429: "Too many requests: the caller's points of this minute are used up, or too many of its requests are worked on.",
  500: "The server failed; it has been logged.",
  503: "The database cannot be reached, the server is overloaded, or the request took too long. Try again shortly.",
} as const;

/** The answer as a schema. */
const errorSchema = {
  type: "object",
  properties: { error: { type: "string" }, code: { type: "string" } },
  required: ["error"],
} as const;

const RETRY_AFTER = {
  "Retry-After": { type: "integer", description: "Seconds to wait before the next request." },
};

/** @returns the schemas of a route's answers with these statuses. */
export function errorAnswers(...statuses: (keyof typeof FAILURES)[]): Record<number, object> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { ...errorSchema, description: FAILURES[status], ...(status === 429 && { headers: RETRY_AFTER }) },
    ]),
  );
}

/** What Fastify's own words leave out: what is allowed. */
const ALLOWED: Partial<Record<number, (bodyLimit: number) => string>> = {
  413: (bodyLimit) => `The body is too large: at most ${bodyLimit / 1024} KiB are taken.`,
  415: () => "The body has to be JSON, sent with Content-Type: application/json and without compression.",
};

/** Characters of an address that are repeated. */
const MAX_PATH = 100;

/** Seconds after which a server that is busy may be better. */
const BUSY = 5;

/**
 * Makes of anything that goes wrong outside of GraphQL's execution `{"error": …, "code": …}` and the headers X-Error-Code and
 * X-Error-Message, where Hugging Face's clients look; at /graphql what never became a GraphQL request gets the shape of
 * its errors. The unexpected is logged whole and told as no more than that it
 * happened.
 */
export function registerErrorAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = answerTo(error, app.initialConfig.bodyLimit);
    if (answer.status >= 500 && !(error instanceof PapergraphError))
      request.log.error({ err: error }, "unexpected error in a route");
    return send(reply, answer);
  });
  app.setNotFoundHandler((request, reply) => send(reply, noRoute(request)));
}

/** For addresses that Fastify itself cannot read; it asks for this before any hook, so their headers are set here. */
export function answerUnreadable({ corsOrigins }: Pick<HttpSettings, "corsOrigins">) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const { origin } = request.headers;
    const allowed = corsOrigins === null ? "*" : corsOrigins.find((listed) => listed === origin);
    void reply.headers({
      "x-request-id": request.id,
      ...SECURITY_HEADERS,
      ...(allowed && { "access-control-allow-origin": allowed }),
      ...(corsOrigins && { vary: "Origin" }),
      "cache-control": "no-store",
    });
    void send(reply, answerTo(error));
  };
}

function answerTo(error: unknown, bodyLimit = 0): ErrorAnswer {
  if (error instanceof PapergraphError)
    return { status: error.status, error: error.message, code: error.code, retryAfter: error.retryAfter };
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (statusCode === 414)
    return { status: 404, error: "There is nothing with so long a name.", code: "NOT_FOUND" };
  // Fastify's own errors about the request: too long, not JSON, of another media type.
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return {
      status: statusCode,
      error: ALLOWED[statusCode]?.(bodyLimit) ?? withShortEchoes(String(message)),
      code: "BAD_USER_INPUT",
    };
  return {
    status: 500,
    error: "Something went wrong on the server; it has been logged.",
    code: "INTERNAL_SERVER_ERROR",
  };
}

function noRoute({ method, url }: FastifyRequest): ErrorAnswer {
  const path = url.split("?", 1)[0] ?? "";
  return { status: 404, error: `There is no ${method} ${path.slice(0, MAX_PATH)}.`, code: "NOT_FOUND" };
}

function send(reply: FastifyReply, { status, error, code, retryAfter }: ErrorAnswer): FastifyReply {
  if (code) void reply.header("x-error-code", code);
  if (status === 401) void reply.header("www-authenticate", 'Bearer realm="papergraph"');
  const seconds = retryAfter ?? (status === 503 ? BUSY : null);
  if (seconds !== null) void reply.header("retry-after", seconds);
  const isGraphql = /^\/graphql\/?(\?|$)/.test(reply.request.url);
  return reply
    .code(status)
    .header("x-error-message", headerSafe(error))
    .type("application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send(
      isGraphql
        ? { errors: [{ message: error, extensions: { code, ...(retryAfter && { retryAfter }) } }] }
        : { error, ...(code && { code }) },
    );
}

/** Headers hold printable ASCII; what else there is becomes a question mark. */
function headerSafe(text: string): string {
  return text.slice(0, 500).replace(/[^ -~]+/g, "?");
}
