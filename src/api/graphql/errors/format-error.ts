import { unwrapResolverError } from "@apollo/server/errors";
import { HeaderMap } from "@apollo/server";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { FastifyBaseLogger } from "fastify";
import { PapergraphError } from "../../../shared/errors.js";
import { withShortEchoes } from "../../../shared/truncate-message.js";

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

/** Characters of a message that is not our own: room for the longest of Apollo Server's. */
const MAX_MESSAGE = 500;

/**
 * Makes of anything that went wrong what the caller may see. The unexpected is logged and told as no more than
 * that it happened: no stack, no SQL, no path ever leaves the server.
 * @param hideSchema whether clients may not ask for the schema, so that errors must not tell of it either.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  log: FastifyBaseLogger,
  hideSchema: boolean,
): GraphQLFormattedError {
  const error = causeOf(thrown);
  const { path, locations } = formatted;
  const place = { ...(locations && { locations }), ...(path && { path }) };
  if (error instanceof PapergraphError)
    return { message: error.message, ...place, extensions: extensionsOf(error) };
  const code = codeOfCaller(error) ?? formatted.extensions?.code;
  if (typeof code === "string" && CALLERS_FAULT.has(code))
    return {
      message: said(formatted.message, hideSchema),
      ...place,
      extensions: { code, ...(code === "BAD_USER_INPUT" && { argument: argumentIn(formatted.message) }) },
    };
  if (isRefusal(thrown))
    return { message: said(formatted.message, hideSchema), ...place, extensions: { code: "BAD_REQUEST" } };
  const requestId = thrown instanceof GraphQLError ? requestIds.get(thrown) : undefined;
  log.error({ err: error, path, reqId: requestId }, "unexpected error in a GraphQL request");
  return {
    message: "Something went wrong on the server; it has been logged.",
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR", ...(requestId && { requestId }) },
  };
}

function extensionsOf({ code, argument, retryAfter, details }: PapergraphError): Record<string, unknown> {
  return { code, ...(argument && { argument }), ...(retryAfter && { retryAfter }), ...details };
}

/**
 * @returns the variable or argument that graphql-js finds wrong, as errors of our own name it: `filter.year.gte`. The
 * quotes in what it repeats are escaped, so what a caller sent is not taken for the path.
 */
function argumentIn(message: string): string {
  const path = /^Variable "\$\w+" got invalid value [\s\S]*? at "([\w.[\]]+)";/.exec(message)?.[1];
  return path ?? /^(?:Variable "\$|Argument ")(\w+)/.exec(message)?.[1] ?? "variables";
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

/**
 * graphql-js repeats what it was sent, and that may be a megabyte. It proposes names of the schema, which Apollo Server
 * takes out of what validation says, but not of what it says about variables.
 */
function said(message: string, hideSchema: boolean): string {
  const told = withShortEchoes(message);
  const short = told.length > MAX_MESSAGE ? `${told.slice(0, MAX_MESSAGE).toWellFormed()}…` : told;
  return hideSchema ? short.replace(/ ?Did you mean [\s\S]*$/, "") : short;
}

/** Apollo Server gives some of its refusals a status of 4xx and forgets their code: hashes of persisted queries. */
function isRefusal(thrown: unknown): boolean {
  if (!(thrown instanceof GraphQLError) || thrown.originalError) return false;
  const { status } = (thrown.extensions.http ?? {}) as { status?: unknown };
  return typeof status === "number" && status >= 400 && status < 500;
}

/** @returns the error as Apollo Server takes it, which reads the status of an answer without data from extensions. */
export function asGraphqlError(error: PapergraphError): GraphQLError {
  const { message, code, status, retryAfter } = error;
  const headers = new HeaderMap();
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  return new GraphQLError(message, { extensions: { code, http: { status, headers } }, originalError: error });
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
  DOCUMENT_NOT_TRUSTED: 403,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
  QUERY_TIMEOUT: 503,
};

/** The status of an answer without data: the gravest of its errors. */
export function statusOf(errors: readonly GraphQLFormattedError[]): number {
  return Math.max(...errors.map(({ extensions }) => STATUS[String(extensions?.code)] ?? 400));
}
