import type { FastifyRequest, FastifyServerOptions } from "fastify";

/** Characters of an address or a message in a log. */
const MAX_TEXT = 2_000;

/**
 * What must not stand in a log, wherever it comes from: e-mail addresses (%40 in addresses of pages), our access
 * tokens, JWTs, passwords in addresses of databases, and tokens in query strings.
 */
const SECRETS: [pattern: RegExp, instead: string][] = [
  [/papergraph_[0-9A-Za-z]{8,}/g, "[token]"],
  [/\beyJ[\w-]{4,}\.[\w-]*(\.[\w-]*)?/g, "[token]"],
  [/\b(bearer|basic) +[\w.~+/=-]{4,}/gi, "$1 [token]"],
  [/([?&](?:access_token|token|key|secret|password)=)[^&\s"\\#]+/gi, "$1[token]"],
  [/(\b[a-z][a-z\d+]{1,20}:\/\/)[^\s/"@]{1,200}@/gi, "$1[credentials]@"],
  [/[\w.!#$&'*+/=?^`{|}~-]{1,64}(?:@|%40)[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+/gi, "[e-mail]"],
];

/** @returns the text without what must not stand in a log. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text);
}

/**
 * The logger's options. Serializers decide what of a request and of an error is written at all; whatever is written
 * passes `withoutSecrets` as a whole line, so that a message made elsewhere cannot let anything through.
 */
export function safeLogging(level: string) {
  return {
    level,
    redact: ["req.headers.authorization", "req.headers.cookie", "headers.authorization", "headers.cookie"],
    serializers: {
      req: ({ id, method, url, ip }: FastifyRequest) => ({
        id,
        method,
        url: url.slice(0, MAX_TEXT),
        remoteAddress: ip,
      }),
      err: describeError,
      error: describeError,
    },
    hooks: { streamWrite: withoutSecrets },
  } satisfies FastifyServerOptions["logger"];
}

interface Described {
  [property: string]: unknown;
  type: string;
  message: string;
  code?: string;
  stack: string;
  cause?: Described;
}

/**
 * What of an error is written: no property that a library hangs on it. The driver's have values of rows (`detail`),
 * TypeORM's the statement with its parameters.
 */
function describeError(error: unknown): Described {
  if (!(error instanceof Error))
    return { type: typeof error, message: String(error).slice(0, MAX_TEXT), stack: "" };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message: message.slice(0, MAX_TEXT),
    ...((typeof code === "string" || typeof code === "number") && { code: String(code) }),
    stack: framesOf(stack),
    ...(cause instanceof Error && { cause: describeError(cause) }),
  };
}

/** The places alone: the message stands beside them, shortened. */
function framesOf(stack = ""): string {
  return stack
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .join("\n");
}
