import type { FastifyReply, FastifyRequest } from "fastify";
import type { Context } from "../../context/request-context.js";
import { badInput } from "../../shared/errors.js";
import type { PaperConnection, PaperPage } from "../../papers/list/paper-connection.js";
import type { PaperCount } from "../../papers/paper.store.js";
import type { PageInfo, PageRequest } from "../../shared/pagination/connection.js";
import type { Door } from "./rest-context.js";

/** As the schemas have it, which give `limit` a value where the caller gave none. */
interface Paging {
  limit?: number;
  p?: number;
  cursor?: string;
}

/** @returns GraphQL's arguments for a page by number or by cursor. @throws BAD_USER_INPUT when both are given. */
export function pageArgs({ limit, p, cursor }: Paging, largest?: number): PageRequest {
  if (p !== undefined && cursor !== undefined)
    throw badInput("p", "goes without `cursor`: give one of the two.");
  return { first: limit, after: cursor, skip: (p ?? 0) * (limit ?? 0), largest };
}

export function pageOf(context: Context, { list, slice, parent }: PaperConnection): Promise<PaperPage> {
  return context.loaders.papers.page(list, slice, parent);
}

export function countOf(context: Context, { list, parent }: PaperConnection): Promise<PaperCount> {
  return context.loaders.papers.count(list, parent);
}

/** Tells where the next page is: by number where this one was asked for so, else by cursor. */
export function linkNext(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { hasNextPage, endCursor }: PageInfo,
): void {
  if (!hasNextPage || endCursor === null) return;
  const { p } = request.query as Paging;
  if (p === undefined) linkTo(door, request, reply, "cursor", endCursor);
  else linkTo(door, request, reply, "p", String(p + 1));
}

/** Tells that the next page is this request's address with the parameter set. */
export function linkTo(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  parameter: string,
  value: string,
): void {
  const url = new URL(door.baseUrlOf(request) + request.url);
  url.searchParams.set(parameter, value);
  void reply.header("link", `<${url.href}>; rel="next"`);
}
