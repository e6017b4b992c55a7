import { resolve } from "node:path";
import { readDatabaseSettings, type DatabaseSettings } from "./database.config.js";
import { flag, integer, networks, oneOf, withSecretsFromFiles, type Environment } from "./environment.js";
import { replicaUrls } from "./replicas.config.js";
import { OperatorError } from "../shared/errors.js";
import { readHttpSettings, type HttpSettings } from "./http.config.js";
import { readIdentitySettings, type IdentitySettings } from "./auth.config.js";
import { readGraphqlLimits, type GraphqlLimits } from "./graphql.config.js";
import { readRateLimits, type RateLimitSettings } from "./rate-limits.config.js";
import { redisUrl } from "./redis.config.js";
import { readObservabilitySettings, type ObservabilitySettings } from "./observability.config.js";

export interface Config extends DatabaseSettings {
  host: string;
  /** 0 lets the system choose a free port. */
  port: number;
  /** The address under which callers reach this server, without a slash at its end; null takes what each request came to. */
  publicUrl: string | null;
  /** Where PostgreSQL is; null runs one of our own in `dataDir`. */
  databaseUrl: string | null;
  dataDir: string;
  /** The port of the built-in PostgreSQL; null takes a free one at each start. */
  embeddedPort: number | null;
  /** Megabytes that the built-in PostgreSQL plans with; null takes all of the machine or container. */
  embeddedMemory: number | null;
  /** Whether this serves others than who runs it: NODE_ENV is production. */
  isProduction: boolean;
  http: HttpSettings;
  /** Whose JWTs are taken beside our own access tokens; null for nobody's. */
  identityProvider: IdentitySettings | null;
  logLevel: "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";
  /** Whether browsers get the query page at /graphql. */
  graphiql: boolean;
  /** Whether clients may ask for the schema. */
  introspection: boolean;
  /** Milliseconds for which a process that is told to stop still takes new connections. */
  shutdownDelay: number;
  /** Milliseconds that requests under way are given after that. */
  drainTimeout: number;
  /** Where copies of the database are that reads go to. */
  replicaUrls: string[];
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
  /** Seconds for which answers that are the same for everybody are kept; 0 keeps none. */
  responseCache: number;
  graphqlLimits: GraphqlLimits;
  /** The file of the only GraphQL documents that are run; null runs any. */
  trustedDocuments: string | null;
  /** Null counts nothing. */
  rateLimits: RateLimitSettings | null;
  observability: ObservabilitySettings;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** @throws OperatorError that names the variable, what it holds and what is allowed. */
export function readConfig(given: Environment = process.env): Config {
  const env = withSecretsFromFiles(given);
  return {
    ...readDatabaseSettings(env),
    host: env.HOST || "127.0.0.1",
    port: integer(env, "PORT", 4000, 0, 65_535),
    publicUrl: publicUrl(env),
    databaseUrl: databaseUrl(env),
    dataDir: resolve(env.DATA_DIR || ".papergraph"),
    embeddedPort: integer(env, "EMBEDDED_PORT", 0, 1, 65_535) || null,
    embeddedMemory: integer(env, "EMBEDDED_MEMORY_MB", 0, 256, 1_048_576) || null,
    isProduction: isProduction(env),
    http: readHttpSettings(env),
    identityProvider: readIdentitySettings(env),
    logLevel: oneOf(env, "LOG_LEVEL", "info", LOG_LEVELS),
    graphiql: flag(env, "GRAPHIQL", true),
    introspection: flag(env, "INTROSPECTION", true),
    shutdownDelay: integer(env, "SHUTDOWN_DELAY", 500, 0, 600_000),
    drainTimeout: integer(env, "DRAIN_TIMEOUT", 8_000, 0, 600_000),
    replicaUrls: replicaUrls(env),
    trustProxy: networks(env, "TRUST_PROXY"),
    digest: flag(env, "DIGEST", Boolean(env.SMTP_URL)),
    smtpUrl: smtpUrl(env),
    mailFrom: env.MAIL_FROM || null,
    redisUrl: redisUrl(env),
    responseCache: integer(env, "RESPONSE_CACHE", 0, 0, 3_600),
    graphqlLimits: readGraphqlLimits(env),
    trustedDocuments: env.TRUSTED_DOCUMENTS || null,
    rateLimits: readRateLimits(env),
    observability: readObservabilitySettings(env),
  };
}

function isProduction(env: Environment): boolean {
  return env.NODE_ENV === "production";
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

/** Says in production that the built-in PostgreSQL is meant; elsewhere it is what there is without an address. */
const BUILT_IN = "built-in";

function databaseUrl(env: Environment): string | null {
  const value = env.DATABASE_URL;
  if (!value && isProduction(env)) {
    throw new OperatorError(
      `DATABASE_URL is not set: in production (NODE_ENV) it has to be, to postgres://user:password@host:5432/database, or to ${BUILT_IN} for a PostgreSQL of this process's own in DATA_DIR.`,
    );
  }
  if (!value || value === BUILT_IN) return null;
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value)) {
    throw new OperatorError(
      "DATABASE_URL is not a PostgreSQL address: write postgres://user:password@host:5432/database.",
    );
  }
  // The driver decodes what URL leaves as it is.
  if (/%(?![0-9a-f]{2})/i.test(value)) {
    throw new OperatorError(
      "DATABASE_URL has a % that is not followed by two hexadecimal digits: write a percent sign in a password as %25.",
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
