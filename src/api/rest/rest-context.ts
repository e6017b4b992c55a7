import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createContext, type Context, type Stores } from "../../context/request-context.js";
import { PapergraphError } from "../../shared/errors.js";
import { baseUrlOf } from "../http/base-url.js";
import type { Reading } from "../../context/read-router.js";
import { storesFor } from "../../context/stores-for.js";
import { authenticate } from "../../auth/authenticate.js";
import type { User } from "../../users/user.entity.js";

/** The application with routes typed by their schemas. */
export type RestApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What every route needs. */
export interface Door {
  /** @throws UNAUTHENTICATED for a token that is none. */
  contextOf(request: FastifyRequest): Promise<Context>;
  /** To be called before a request is answered: what comes after it from the same viewer must see what it did. */
  noteWrite(request: FastifyRequest): Promise<void>;
  /** The address under which the caller reaches this server, without a slash at its end. */
  baseUrlOf(request: FastifyRequest): string;
}

export function openDoor(stores: Stores, reading: Reading, publicUrl: string | null): Door {
  const writers = new WeakMap<FastifyRequest, User>();
  return {
    contextOf: async (request) => {
      const own = storesFor(request, stores);
      const viewer = await authenticate(authorizationOf(request), own);
      if (viewer) await request.confirmToken(viewer);
      const reads = isRead(request) ? await reading.storesFor(viewer) : null;
      const { work } = request;
      if (reads) return createContext(storesFor(request, reads), viewer, { work });
      if (viewer && !isRead(request)) writers.set(request, viewer);
      return createContext(own, viewer, { work });
    },
    async noteWrite(request) {
      const writer = writers.get(request);
      if (writer) await reading.wrote(writer);
    },
    baseUrlOf: (request) => baseUrlOf(request, publicUrl),
  };
}

/**
 * Hugging Face's clients send the token of whoever is signed in there to every server that HF_ENDPOINT names. It names
 * nobody here, so reading with it is reading anonymously; anything else with it is refused.
 */
function authorizationOf(request: FastifyRequest): string | undefined {
  const { authorization } = request.headers;
  const isForeign = /^bearer +hf_/i.test(authorization ?? "");
  return isForeign && isRead(request) ? undefined : authorization;
}

function isRead({ method }: FastifyRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** What arguments of GraphQL are called here; longer names first. */
const NAMES: [argument: string, parameter: string][] = [
  ["filter.organisations.allOf", "organization"],
  ["filter.authors.allOf", "author"],
  ["filter.tags.allOf", "tag"],
  ["filter.publishedAt.gte", "since"],
  ["filter.publishedAt.lt", "before"],
  ["filter.not.ids", "exclude"],
  ["filter.venue", "venue"],
  ["filter.submittedBy", "submitter"],
  ["filter.upvotes.gte", "minUpvotes"],
  ["filter.year", "year"],
  ["orderBy[0].field", "sort"],
  ["input.commentId", "commentId"],
  ["input.parentId", "commentId"],
  ["input.paperId", "paper_id"],
  ["input.body", "comment"],
  ["search", "q"],
  ["first", "limit"],
  ["after", "cursor"],
];

/** @returns the error with the argument as it is called here; anything else as it is. */
export function withParameterName(error: unknown): unknown {
  if (!(error instanceof PapergraphError) || !error.argument) return error;
  const { code, argument, message, retryAfter } = error;
  const [known, parameter] = NAMES.find(([name]) => argument.startsWith(name)) ?? [];
  if (!known || !parameter) return error;
  const rest = argument.slice(known.length);
  const renamed = parameter + (rest.startsWith("[") ? rest : "");
  return new PapergraphError(code, message.replace(argument, renamed), renamed, retryAfter);
}
