import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from "fastify";
import { PapergraphError } from "../errors.js";

/** Every error answer of routes: {"error": "what was wrong and what is allowed"}. */
export const errorSchema = {
  type: "object",
  description: "What was wrong, and what is allowed.",
  properties: { error: { type: "string" } },
  required: ["error"],
} as const;

/** Answers with what went wrong; the unexpected is logged whole and told as no more than that it happened. */
export function answerError(
  error: FastifyError | PapergraphError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (error instanceof PapergraphError) {
    if (error.retryAfter) void reply.header("retry-after", error.retryAfter);
    void reply.code(error.status).send({ error: error.message });
  } else if (error.validation?.[0]) {
    void reply.code(400).send({ error: whatIsAllowed(error.validation[0]) });
  } else if (error.statusCode && error.statusCode < 500) {
    void reply.code(error.statusCode).send({ error: error.message });
  } else {
    request.log.error({ err: error }, "unexpected error in a route");
    void reply.code(500).send({ error: "Something went wrong on the server; it has been logged." });
  }
}

/** Without the value, which may be an address. */
function whatIsAllowed({
  keyword,
  instancePath,
  params,
  message = "",
}: FastifySchemaValidationError): string {
  const place = instancePath.slice(1).replaceAll("/", ".");
  if (keyword === "required") return `${String(params.missingProperty)}: is needed.`;
  if (keyword === "enum") return `${place}: takes ${(params.allowedValues as string[]).join(" or ")}.`;
  return `${place || "the body"}: ${message}.`;
}
