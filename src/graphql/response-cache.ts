import type { ApolloServerPlugin } from "@apollo/server";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { Redis } from "ioredis";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";
import { randomUUID } from "node:crypto";
import type { Context } from "../context.js";
import { cacheAsked, costKnown } from "../observability/events.js";
import type { Operation, RequestRecord } from "../observability/request-record.js";
import { COST_HEADER } from "./operation-limits.js";
import { isForEverybody } from "./public-answers.js";

/** Characters of answers that are kept; twice as many bytes at most. */
const MAX_SIZE = 64_000_000;
/** Longer answers are rare and take the place of many. */
const MAX_ANSWER = 1_000_000;
const CHANNEL = "papergraph:written";

interface Answer {
  body: string;
  type: string;
  cost: number;
  operation: Operation;
}

/** Answers that are the same for everybody, kept for some seconds or until somebody writes. */
export interface ResponseCache {
  /** Lets the handler answer what is not kept, and keeps what it answers. */
  before(app: FastifyInstance, handler: RouteHandlerMethod): RouteHandlerMethod;
  /** Tells what may be kept of what Apollo Server answers. */
  plugin: ApolloServerPlugin<Context>;
  /** Tells that a query of the document was answered without errors. */
  mayKeep(document: DocumentNode, context: Context): void;
  /** Forgets all answers, here and in the other instances that share the Redis. */
  clear(): void;
}

/**
 * Without an access token many ask the same: the first page, the day's papers, what a link leads to. Their questions are
 * answered before Apollo Server sees them, but held against the rate limit and logged like all others. Only POST: what
 * comes by GET is for caches in front, and Apollo Server's check of its headers.
 * @param seconds for which an answer is kept: what other processes write, an import among them, is seen after that.
 */
export function openResponseCache(seconds: number, redis: Redis | null): ResponseCache {
  const answers = new LRUCache<string, Answer>({
    ttl: seconds * 1_000,
    maxSize: MAX_SIZE,
    maxEntrySize: MAX_ANSWER,
    sizeCalculation: ({ body }, key) => body.length + key.length,
  });
  const shared = new WeakSet<RequestRecord>();
  let writes = 0;
  const forget = () => {
    writes++;
    answers.clear();
  };
  const mayKeep: ResponseCache["mayKeep"] = (document, { viewer, record }) => {
    if (!viewer && record && isForEverybody(document)) shared.add(record);
  };
  const tellOthers = redis && shareForgetting(redis, forget);
  return {
    before: (app, handler) => async (request, reply) => {
      const key = keyOf(request);
      if (key === null) return handler.call(app, request, reply);
      const kept = answers.get(key);
      cacheAsked("response", kept ? "hit" : "miss");
      if (kept) return answerAgain(kept, request, reply);
      const before = writes;
      const body = await handler.call(app, request, reply);
      const { record } = request;
      // What was read before a write may be from before it.
      if (typeof body === "string" && record?.operation && shared.has(record) && writes === before)
        answers.set(key, {
          body,
          type: String(reply.getHeader("content-type")),
          cost: record.cost ?? 1,
          operation: record.operation,
        });
      return body;
    },
    plugin: {
      requestDidStart: () =>
        Promise.resolve({
          willSendResponse({ document, response: { body }, contextValue }) {
            const isWhole =
              body.kind === "single" && !body.singleResult.errors && body.singleResult.data != null;
            if (isWhole && document && contextValue.record?.operation?.type === "query")
              mayKeep(document, contextValue);
            return Promise.resolve();
          },
        }),
    },
    mayKeep,
    clear() {
      forget();
      tellOthers?.();
    },
  };
}

/** @returns what decides the answer; null for a request whose answer is not kept. */
function keyOf({ method, headers, body }: FastifyRequest): string | null {
  if (method !== "POST" || headers.authorization !== undefined || COST_HEADER in headers) return null;
  if (typeof body !== "object" || body === null || Array.isArray(body)) return null;
  return `${headers.accept ?? ""} ${JSON.stringify(body)}`;
}

async function answerAgain(
  { body, type, cost, operation }: Answer,
  { budget, record }: FastifyRequest,
  reply: FastifyReply,
): Promise<string> {
  record?.operationKnown(operation);
  costKnown(cost, operation.name, record);
  await budget?.consume(cost);
  void reply.type(type);
  return body;
}

/** Lost messages cost no more than an answer's seconds. @returns what tells the other instances to forget. */
function shareForgetting(redis: Redis, forget: () => void): () => void {
  const own = randomUUID();
  const listening = redis.duplicate();
  listening.on("error", () => undefined);
  listening.on("ready", () => {
    forget();
    void listening.subscribe(CHANNEL).catch(() => undefined);
  });
  listening.on("message", (_channel, sender) => {
    if (sender !== own) forget();
  });
  redis.once("end", () => {
    listening.disconnect();
  });
  return () => void redis.publish(CHANNEL, own).catch(() => undefined);
}
