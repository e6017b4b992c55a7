import type { FastifyRequest } from "fastify";
import { badInput } from "../errors.js";

/**
 * @param publicUrl what PUBLIC_URL says; null takes what the request came to.
 * @returns the address under which callers reach this server, without a slash at its end.
 * @throws BAD_USER_INPUT for a Host header that is no host.
 */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl;
  const base = `${request.protocol}://${request.host}`;
  if (!URL.canParse(base) || /[/?#@<>]/.test(request.host))
    throw badInput("Host", "takes the name of this server.");
  return base;
}
