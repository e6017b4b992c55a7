import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { FastifyBaseLogger } from "fastify";
import { PapergraphError } from "../errors.js";
import { withShortEchoes } from "../shared/echo.js";

/** What Apollo Server itself finds wrong with a request; its words are made for callers. */
const CALLERS_FAULT = new Set([
  "BAD_REQUEST",
  "BAD_USER_INPUT",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "OPERATION_RESOLUTION_FAILURE",
  "PERSISTED_QUERY_NOT_FOUND",
  "PERSISTED_QUERY_NOT_SUPPORTED",
]);

const requestIds = new WeakMap<GraphQLError, string>();

/**
 * Makes of anything that went wrong what the caller may see. The unexpected is logged and told as no more than
 * that it happened: no stack, no SQL, no path ever leaves the server.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  log: FastifyBaseLogger,
): GraphQLFormattedError {
  const error = causeOf(thrown);
  const { path, locations } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  if (error instanceof PapergraphError) {
    const { code, argument, message, retryAfter } = error;
    return {
      message,
      ...place,
      extensions: { code, ...(argument && { argument }), ...(retryAfter && { retryAfter }) },
    };
  }
  const code = codeOfCaller(error) ?? formatted.extensions?.code;
  if (typeof code === "string" && CALLERS_FAULT.has(code))
    return { message: withShortEchoes(formatted.message), ...place, extensions: { code } };
  const requestId = thrown instanceof GraphQLError ? requestIds.get(thrown) : undefined;
  log.error({ err: error, path, reqId: requestId }, "unexpected error in a GraphQL request");
  return {
    message: "Something went wrong on the server; it has been logged.",
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR", ...(requestId && { requestId }) },
  };
}

/** Tells whose request errors came of, as Apollo formats them without it. */
export function noteRequest(errors: readonly GraphQLError[], requestId: string): void {
  for (const error of errors) requestIds.set(error, requestId);
}

/** What graphql-js finds wrong with a request once its document is valid; Apollo knows only some of it. */
function codeOfCaller(error: unknown): string | undefined {
  if (!(error instanceof GraphQLError) || error.originalError) return undefined;
  if (/^(Variable|Argument) "|^Too many errors processing variables/.test(error.message))
    return "BAD_USER_INPUT";
  return error.message.startsWith("Schema is not configured to execute")
    ? "OPERATION_RESOLUTION_FAILURE"
    : undefined;
}

/** What a resolver threw, or what kept the request's context from being made. */
function causeOf(thrown: unknown): unknown {
  const error = unwrapResolverError(thrown);
  return error instanceof GraphQLError && error.originalError ? error.originalError : error;
}

const STATUS: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
  QUERY_TIMEOUT: 503,
};

/** The status of an answer without data: the gravest of its errors. */
export function statusOf(errors: readonly GraphQLFormattedError[]): number {
  return Math.max(...errors.map(({ extensions }) => STATUS[String(extensions?.code)] ?? 400));
}
