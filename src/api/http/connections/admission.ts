import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteHandlerMethod,
  RouteOptions,
} from "fastify";
import { Readable } from "node:stream";
import type { Database } from "../../../platform/database/database.js";
import { PapergraphError } from "../../../shared/errors.js";
import { networkSubject, subjectId } from "../../../platform/rate-limiting/rate-limit-subject.js";

declare module "fastify" {
  interface FastifyInstance {
    admission: Admission;
  }
}

export interface Admission {
  /**
   * An `onRoute` hook for routes that use the database: their handlers run only in a place, which a request takes when
   * its last byte has come, and gives back when its work has ended. A client that sends slowly, or leaves, neither takes
   * a place from others nor gets a second one for work that still goes on.
   */
  onRoute: (route: RouteOptions) => void;
}

/** Seconds after which one of a caller's requests has probably ended. */
const SOON = 1;

/** Bounds the requests that are worked on at the same time: of one caller, and of all. */
export function registerAdmission(app: FastifyInstance, db: Database, requestsPerCaller: number): void {
  const underWay = new Map<string, number>();
  const release = new WeakMap<FastifyRequest, () => void>();
  const admitted = new WeakSet<RouteHandlerMethod>();
  let total = 0;

  function check(caller: string): void {
    const own = underWay.get(caller) ?? 0;
    if (own >= requestsPerCaller) throw tooManyOfCaller(requestsPerCaller);
    db.admit(total);
  }

  function enter(request: FastifyRequest): void {
    const caller = callerOf(request);
    check(caller);
    if (request.work) request.work.caller = caller;
    total++;
    underWay.set(caller, (underWay.get(caller) ?? 0) + 1);
    release.set(request, () => {
      if (!release.delete(request)) return;
      total--;
      const left = (underWay.get(caller) ?? 1) - 1;
      if (left === 0) underWay.delete(caller);
      else underWay.set(caller, left);
    });
  }

  /** A place is free when PostgreSQL no longer works for the request, also where it was ended or its client has left. */
  function leave(request: FastifyRequest): void {
    const free = release.get(request);
    if (free) void (request.work?.whenIdle() ?? Promise.resolve()).then(free);
  }

  function inPlace(handler: RouteHandlerMethod): RouteHandlerMethod {
    const admittedHandler: RouteHandlerMethod = async function (request, reply) {
      enter(request);
      try {
        return await handler.call(this, request, reply);
      } finally {
        leave(request);
      }
    };
    admitted.add(admittedHandler);
    return admittedHandler;
  }

  app.decorate("admission", {
    onRoute(route) {
      // Fastify makes a HEAD route of each GET route, of the same handler.
      if (!admitted.has(route.handler)) route.handler = inPlace(route.handler);
    },
  } satisfies Admission);
  // An answer that is streamed, or read slowly, keeps nobody else out.
  app.addHook("onSend", (request: FastifyRequest, _reply: FastifyReply, payload, done) => {
    if (payload instanceof Readable) release.get(request)?.();
    else leave(request);
    done();
  });
}

/** Who asks: the user, once the token is known to be valid, else the network address. */
function callerOf({ budget, ip }: FastifyRequest): string {
  return subjectId(budget?.subject ?? networkSubject(ip));
}

function tooManyOfCaller(limit: number): PapergraphError {
  return new PapergraphError(
    "RATE_LIMITED",
    `At most ${limit} requests of one caller are worked on at the same time. Wait until one of yours is answered.`,
    undefined,
    SOON,
  );
}
