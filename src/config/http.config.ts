import { integer, type Environment } from "./environment.js";
import { OperatorError } from "../shared/errors.js";

/** What one client may cost this server, and which pages may ask it. */
export interface HttpSettings {
  /** Bytes of a request's body. */
  bodyLimit: number;
  /** Bytes of a request's address and headers. */
  maxHeaderSize: number;
  /** Milliseconds in which a request's headers have to come. */
  headersTimeout: number;
  /** Milliseconds in which all of a request has to come. */
  requestTimeout: number;
  /** Milliseconds for which a connection is kept between two requests. */
  keepAliveTimeout: number;
  /** Milliseconds in which an answer has to be read; exports have limits of their own. */
  answerTimeout: number;
  /** Milliseconds between two looks for connections whose time is over. */
  checkInterval: number;
  /** Connections at the same time. */
  maxConnections: number;
  /** Connections of one network address at the same time. */
  connectionsPerAddress: number;
  /** Requests of one caller that are worked on at the same time. */
  requestsPerCaller: number;
  /** Milliseconds from a request's last byte until its work is ended. */
  deadline: number;
  /** Origins whose pages may read answers; null for all. */
  corsOrigins: string[] | null;
}

const MINUTES = 600_000;

/** How often slow clients are looked for: rarely enough to cost nothing, often enough to keep the times above. */
const CHECK_INTERVAL = 2_000;

/** @throws OperatorError that names the variable. */
export function readHttpSettings(env: Environment): HttpSettings {
  return {
    bodyLimit: integer(env, "HTTP_BODY_LIMIT", 256 * 1_024, 1_024, 16 * 1_024 * 1_024),
    maxHeaderSize: integer(env, "HTTP_HEADER_LIMIT", 16 * 1_024, 1_024, 256 * 1_024),
    headersTimeout: integer(env, "HTTP_HEADERS_TIMEOUT", 10_000, 100, MINUTES),
    requestTimeout: integer(env, "HTTP_REQUEST_TIMEOUT", 15_000, 100, MINUTES),
    keepAliveTimeout: integer(env, "HTTP_KEEP_ALIVE_TIMEOUT", 5_000, 100, MINUTES),
    answerTimeout: integer(env, "HTTP_ANSWER_TIMEOUT", 30_000, 100, MINUTES),
    checkInterval: CHECK_INTERVAL,
    maxConnections: integer(env, "HTTP_MAX_CONNECTIONS", 2_000, 1, 1_000_000),
    connectionsPerAddress: integer(env, "HTTP_MAX_CONNECTIONS_PER_ADDRESS", 32, 1, 1_000_000),
    requestsPerCaller: integer(env, "HTTP_MAX_REQUESTS_PER_CALLER", 16, 1, 1_000_000),
    deadline: integer(env, "REQUEST_DEADLINE", 10_000, 100, MINUTES),
    corsOrigins: origins(env, "CORS_ORIGINS"),
  };
}

function origins(env: Environment, name: string): string[] | null {
  const values = (env[name] ?? "*").split(/[\s,]+/).filter(Boolean);
  if (!values.length || values.join() === "*") return null;
  const bad = values.find((value) => !URL.canParse(value) || new URL(value).origin !== value);
  if (bad !== undefined)
    throw new OperatorError(
      `${name} has "${bad}": it takes * for all, or origins such as https://papers.example.org, without a path.`,
    );
  return values;
}
