import type { FastifyInstance } from "fastify";
import { badInput } from "../errors.js";

const HOST = /^(\[[\da-f:.]{2,45}\]|[\w.-]{1,255})(:\d{1,5})?$/i;

/** What no door takes: bodies that are not plain JSON, and a Host that is none. To be registered after CORS, whose headers refusals need. */
export function registerRequestRules(app: FastifyInstance): void {
  // JSON is all that is spoken here; text/plain would let a form of another site post.
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", (request, reply, done) => {
    // HTTP/1.0 knows no Host; addresses are made of it.
    request.raw.headers.host ??= "localhost";
    if (!HOST.test(request.host) || !URL.canParse(`http://${request.host}`)) {
      done(badInput("Host", "takes the name of this server."));
      return;
    }
    // A few kilobytes that have to be inflated can be gigabytes.
    const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    if (encoding === "identity") {
      done();
      return;
    }
    void reply.header("accept-encoding", "identity");
    done(Object.assign(new Error("The body is compressed."), { statusCode: 415 }));
  });
}
