import type { FastifyInstance } from "fastify";
import { PapergraphError } from "../errors.js";
import { RequestWork } from "./request-work.js";
import type { WorkBounds } from "./work-bounds.js";

declare module "fastify" {
  interface FastifyRequest {
    /** What is done for the request; null where a request is made up. */
    work: RequestWork | null;
  }
}

/** Gives each request its work, which ends with the answer, with its deadline, or when the client leaves. */
export function registerRequestWork(app: FastifyInstance, bounds?: WorkBounds): void {
  app.decorateRequest("work", null);
  app.addHook("onRequest", (request, reply, done) => {
    const work = new RequestWork(bounds);
    request.work = work;
    reply.raw.once("close", () => {
      if (reply.raw.writableFinished) work.done();
      else work.end(new PapergraphError("SERVICE_UNAVAILABLE", "The client has left."));
    });
    done();
  });
}
