import type { FastifyRequest } from "fastify";

/** Requests whose answer repeats the Host that they name. */
const namingHost = new WeakSet<FastifyRequest>();

/**
 * @param publicUrl PUBLIC_URL; null takes the Host of the request, which its caller chooses: such an answer is not for
 * shared caches, see `namesHost`.
 * @returns the address under which callers reach this server, without a slash at its end.
 */
export function baseUrlOf(request: FastifyRequest, publicUrl: string | null): string {
  if (publicUrl !== null) return publicUrl;
  namingHost.add(request);
  // An invalid Host was refused by http/request-rules.ts.
  return `${request.protocol}://${request.host}`;
}

/** @returns whether the answer has an address that was made of the request's Host. */
export function namesHost(request: FastifyRequest): boolean {
  return namingHost.has(request);
}
