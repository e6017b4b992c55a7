import type { FastifyRequest, onRequestHookHandler, onSendHookHandler } from "fastify";
import type { Database } from "../database/database.js";

export interface Admission {
  onRequest: onRequestHookHandler;
  onSend: onSendHookHandler;
}

/**
 * Hooks for routes that ask the database: they refuse a request, before its body is read, while too many are worked on or
 * too many statements wait. That costs next to nothing, so a server with too much to do still does what it can. A
 * request counts until its answer is there; whoever reads it slowly keeps nobody else out.
 */
export function admission(db: Database): Admission {
  let underWay = 0;
  const inside = new WeakSet<FastifyRequest>();
  const leave = (request: FastifyRequest) => {
    if (inside.delete(request)) underWay--;
  };
  return {
    onRequest(request, reply, done) {
      try {
        db.admit(underWay);
      } catch (error) {
        done(error as Error);
        return;
      }
      underWay++;
      inside.add(request);
      // Whoever goes away before there is an answer.
      reply.raw.once("close", () => {
        leave(request);
      });
      done();
    },
    onSend(request, _reply, _payload, done) {
      leave(request);
      done();
    },
  };
}
