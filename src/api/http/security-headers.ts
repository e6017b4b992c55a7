import type { FastifyInstance } from "fastify";

/** On every answer. Pages set a Content-Security-Policy of their own over this one, which lets an answer do nothing. */
export const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  // Pages that may read an answer ask for it by CORS; nobody else's get it as an image or a script.
  "cross-origin-resource-policy": "same-origin",
};

/** A year, as preload lists and checkers ask for; other names of the domain are not ours to decide on. */
const HSTS = "max-age=31536000";

/** @returns the headers that each answer has. */
function securityHeaders(publicUrl: string | null): Record<string, string> {
  return {
    ...SECURITY_HEADERS,
    ...(publicUrl?.startsWith("https:") && { "strict-transport-security": HSTS }),
  };
}

/** Headers by which browsers do not let other sites misuse an answer, and the request's id. */
export function registerSecurityHeaders(app: FastifyInstance, publicUrl: string | null): void {
  const headers = securityHeaders(publicUrl);
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id).headers(headers);
    done();
  });
}
