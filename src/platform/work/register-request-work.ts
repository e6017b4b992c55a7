import type { FastifyInstance } from "fastify";
import { PapergraphError } from "../../shared/errors.js";
import { RequestWork } from "./request-work.js";
import type { WorkBounds } from "./work-bounds.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What is done for the request; null where a request is made up. */
    work: RequestWork | null;
  }
}

/**
 * Gives each request its work. It begins when the last byte of the request has come, and ends with its deadline or when
 * the client leaves.
 */
export function registerRequestWork(app: FastifyInstance, bounds?: WorkBounds): void {
  app.decorateRequest("work", null);
  app.addHook("preValidation", (request, reply, done) => {
    const work = new RequestWork(bounds);
    request.work = work;
    work.start();
    const onLeave = () => {
      if (reply.raw.writableFinished) work.done();
      else work.end(new PapergraphError("SERVICE_UNAVAILABLE", "The client has left."));
    };
    if (reply.raw.destroyed) onLeave();
    else reply.raw.once("close", onLeave);
    done();
  });
  // From here on the answer is made, or made while it is read; a file has limits of its own.
  app.addHook("onSend", ({ work }, _reply, _payload, done) => {
    work?.done();
    done();
  });
}
