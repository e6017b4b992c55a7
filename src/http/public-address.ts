import type { FastifyRequest } from "fastify";

/**
 * @param publicUrl what PUBLIC_URL says; null takes what the request came to.
 * @returns the address under which callers reach this server, without a slash at its end.
 */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl;
  // A Host that is none was refused by http/request-rules.ts.
  return `${request.protocol}://${request.host}`;
}
