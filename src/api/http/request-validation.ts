import type { FastifyInstance } from "fastify";
import type { IncomingMessage } from "node:http";
import { badInput } from "../../shared/errors.js";

const HOST = /^(\[[\da-f:.]{2,45}\]|[\w.-]{1,255})(:\d{1,5})?$/i;

/** Refuses bodies that are not plain JSON, and invalid or several Host headers. To be registered after CORS, whose headers refusals need. */
export function registerRequestRules(app: FastifyInstance): void {
  // JSON is all that is spoken here; text/plain would let a form of another site post.
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", (request, reply, done) => {
    const { raw } = request;
    // HTTP/1.0 knows no Host; addresses are made of it.
    raw.headers.host ??= "localhost";
    if (hostCount(raw) > 1) {
      done(badInput("Host", "is given more than once."));
      return;
    }
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

/** Node.js takes the first of several; a proxy in front may have taken another. */
function hostCount({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
}

/**
 * The absolute form of a request's address (RFC 9112, 3.2.2), `GET http://papers.example.org/api/papers HTTP/1.1`, is the
 * usual form with its own Host in front, which replaces the header.
 */
export function originForm(request: { url?: string; headers: IncomingMessage["headers"] }): string {
  const { url = "/" } = request;
  const [, authority, rest = ""] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (authority === undefined) return url;
  request.headers.host = authority;
  return rest.startsWith("/") ? rest : `/${rest}`;
}
