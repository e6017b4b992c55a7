import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fresh from "fresh";
import { namesHost } from "./base-url.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Seconds for which a shared cache may keep the anonymous answer. Without it, no cache may keep anything. */
    cacheFor?: number;
  }
}

/** Seconds that lists and papers may be behind: upvotes are what changes in them. */
export const CACHE_FOR = 60;

/** A browser looks again sooner than a shared cache: whoever upvotes wants to see it. */
const BROWSER_SHARE = 0.5;

/** Seconds for which a shared cache may go on with what it has: while it looks for newer, and while the server fails. */
const STALE_WHILE_REVALIDATE = 600;
const STALE_IF_ERROR = 86_400;

/**
 * Conditional requests and Cache-Control for all routes, by their `config.cacheFor`. What is asked with an access token
 * is the viewer's alone, and errors are nobody's to keep. Routes may set headers of their own, such as Last-Modified.
 * GraphQL has one route for all and says itself, by Cache-Control, which of its answers are public.
 */
export function registerCaching(app: FastifyInstance): void {
  app.addHook("onSend", (request, reply, payload, done) => {
    const seconds = request.routeOptions.config.cacheFor;
    const isPublic = String(reply.getHeader("cache-control")).startsWith("public");
    if ((seconds === undefined && !isPublic) || reply.statusCode >= 400) {
      if (!reply.hasHeader("cache-control")) void reply.header("cache-control", "no-store");
      done();
      return;
    }
    vary(reply, "Authorization");
    if (seconds === undefined) vary(reply, "Accept");
    else void reply.header("cache-control", cacheControl(request, seconds));
    if (typeof payload === "string" && !reply.hasHeader("etag")) void reply.header("etag", etagOf(payload));
    if (reply.statusCode === 200 && fresh(request.headers, reply.getHeaders())) {
      void reply.code(304).removeHeader("content-type").removeHeader("content-length");
      done(null, "");
      return;
    }
    done();
  });
}

/** Adds to the request headers on which the answer depends. */
export function vary(reply: FastifyReply, header: string): void {
  const before = reply.getHeader("vary");
  void reply.header("vary", before === undefined ? header : `${String(before)}, ${header}`);
}

function cacheControl(request: FastifyRequest, seconds: number): string {
  if (request.headers.authorization !== undefined) return "private, no-store";
  // Whoever asks with another server's name as Host must not put its address into what others get.
  return namesHost(request) ? `private, max-age=${browserShare(seconds)}` : publicFor(seconds);
}

/** @returns the Cache-Control of an answer that shared caches may keep for so many seconds. */
export function publicFor(seconds: number): string {
  return `public, max-age=${browserShare(seconds)}, s-maxage=${seconds}, stale-while-revalidate=${STALE_WHILE_REVALIDATE}, stale-if-error=${STALE_IF_ERROR}`;
}

function browserShare(seconds: number): number {
  return Math.floor(seconds * BROWSER_SHARE);
}

/** A weak one: a proxy that compresses the answer need not change it. */
function etagOf(payload: string): string {
  return `W/"${createHash("sha256").update(payload).digest("base64url").slice(0, 27)}"`;
}
