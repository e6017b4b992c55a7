import { resolve } from "node:path";
import { flag, integer, networks, oneOf, type Environment } from "./environment.js";
import { OperatorError } from "./errors.js";
import { readGraphqlLimits, type GraphqlLimits } from "./graphql/limit-settings.js";
import { readRateLimits, type RateLimitSettings } from "./rate-limits/rate-limit-settings.js";
import { redisUrl } from "./redis/redis-url.js";
import {
  readObservabilitySettings,
  type ObservabilitySettings,
} from "./observability/observability-settings.js";

export interface Config {
  host: string;
  /** 0 lets the system choose a free port. */
  port: number;
  /** The address under which callers reach this server, without a slash at its end; null takes what each request came to. */
  publicUrl: string | null;
  /** Where PostgreSQL is; null runs one of our own in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  /** Connections that this process opens at most. */
  poolSize: number;
  /** Milliseconds that one SQL statement may take. */
  queryTimeout: number;
  logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Whether browsers get the query page at /graphql. */
  graphiql: boolean;
  /** Whether clients may ask for the schema. */
  introspection: boolean;
  /** Milliseconds that requests under way are given when the process is told to stop. */
  drainTimeout: number;
  /** Whose X-Forwarded-For is believed: addresses and networks, as @fastify/proxy-addr takes them. */
  trustProxy: string[];
  /** Whether readers can subscribe to the digest. */
  digest: boolean;
  /** The mail server; it may hold a password. */
  smtpUrl: string | null;
  /** The sender of mails; null makes one up from `publicUrl`. */
  mailFrom: string | null;
  /** What instances share limits through; it may hold a password. Null keeps them in this process. */
  redisUrl: string | null;
  graphqlLimits: GraphqlLimits;
  /** The file of the only GraphQL documents that are run; null runs any. */
  trustedDocuments: string | null;
  /** Null counts nothing. */
  rateLimits: RateLimitSettings | null;
  observability: ObservabilitySettings;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** @throws OperatorError that names the variable, what it holds and what is allowed. */
export function readConfig(env: Environment = process.env): Config {
  return {
    host: env.HOST || "127.0.0.1",
    port: integer(env, "PORT", 4000, 0, 65_535),
    publicUrl: publicUrl(env),
    databaseUrl: databaseUrl(env),
    dataDir: resolve(env.DATA_DIR || ".papergraph"),
    poolSize: integer(env, "DATABASE_POOL_SIZE", 10, 1, 1_000),
    queryTimeout: integer(env, "QUERY_TIMEOUT", 5_000, 10, 600_000),
    logLevel: oneOf(env, "LOG_LEVEL", "info", LOG_LEVELS),
    graphiql: flag(env, "GRAPHIQL", true),
    introspection: flag(env, "INTROSPECTION", true),
    drainTimeout: integer(env, "DRAIN_TIMEOUT", 10_000, 0, 600_000),
    trustProxy: networks(env, "TRUST_PROXY"),
    digest: flag(env, "DIGEST", Boolean(env.SMTP_URL)),
    smtpUrl: smtpUrl(env),
    mailFrom: env.MAIL_FROM || null,
    redisUrl: redisUrl(env),
    graphqlLimits: readGraphqlLimits(env),
    trustedDocuments: env.TRUSTED_DOCUMENTS || null,
    rateLimits: readRateLimits(env),
    observability: readObservabilitySettings(env),
  };
}

function publicUrl(env: Environment): string | null {
  const value = env.PUBLIC_URL;
  if (!value) return null;
  if (!/^https?:\/\/[^/?#@]+[^?#]*$/.test(value) || !URL.canParse(value)) {
    throw new OperatorError(
      `PUBLIC_URL is "${value}": it takes the address under which others reach this server, such as https://papers.example.org.`,
    );
  }
  return new URL(value).href.replace(/\/+$/, "");
}

function databaseUrl(env: Environment): string | null {
  const value = env.DATABASE_URL;
  if (!value) return null;
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value)) {
    throw new OperatorError(
      "DATABASE_URL is not a PostgreSQL address: write postgres://user:password@host:5432/database.",
    );
  }
  return value;
}

/** The value may hold a password and is not repeated. */
function smtpUrl(env: Environment): string | null {
  const value = env.SMTP_URL;
  if (!value) return null;
  if (!/^smtps?:\/\/./.test(value) || !URL.canParse(value)) {
    throw new OperatorError(
      "SMTP_URL is not the address of a mail server: write smtp://user:password@mail.example.org:587, or smtps:// for TLS from the start.",
    );
  }
  return value;
}
