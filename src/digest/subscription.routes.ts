import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RouteShorthandOptions,
} from "fastify";
import { notFound, PapergraphError } from "../shared/errors.js";
import { errorAnswers } from "../api/http/error-handler.js";
import type { DigestDesk } from "./subscription.service.js";
import { DigestFrequency } from "./digest-frequency.js";
import { readConfirm, readUnsubscribe } from "./digest-links.js";
import { sendPage } from "./digest-pages.js";
import type { SubscriptionStore } from "./subscription.store.js";

interface Options {
  /** Null where there is no digest. */
  digestDesk: DigestDesk | null;
  subscriptions: SubscriptionStore;
}

const FREQUENCIES = Object.values(DigestFrequency);

const subscribeSchema = {
  operationId: "subscribeToDigest",
  summary: "Ask for the digest by e-mail",
  description:
    "The address gets a mail with a link to confirm; the digest comes once that is done. Asking again with another frequency changes it, again after a mail. The answer is the same whether the address is known or not.",
  tags: ["Digest"],
  security: [],
  body: {
    type: "object",
    properties: {
      email: { type: "string", description: "The e-mail address." },
      frequency: { type: "string", enum: FREQUENCIES, default: DigestFrequency.DAILY },
    },
    required: ["email"],
  },
  response: {
    202: {
      type: "object",
      description: "A mail with a link to confirm is on its way.",
      properties: { accepted: { type: "boolean" } },
      required: ["accepted"],
    },
    ...errorAnswers(400, 404, 413, 415, 429, 500, 503),
  },
};

/** Opens POST /api/digest/subscriptions, and the pages at which links in mails lead. */
export function registerDigest(app: FastifyInstance, { digestDesk, subscriptions }: Options): void {
  if (digestDesk) app.addHook("onClose", () => digestDesk.close());
  void app.register((routes, _options, done) => {
    routes.addHook("onRoute", app.admission.onRoute);
    routes.post<{ Body: { email: string; frequency: DigestFrequency } }>(
      "/api/digest/subscriptions",
      { schema: subscribeSchema },
      async (request, reply) => {
        if (!digestDesk) throw notFound("digest on this server");
        await digestDesk.ask({ ...request.body, from: request.ip }, "email");
        return reply.code(202).send({ accepted: true });
      },
    );
    done();
  });
  void app.register((routes, _options, done) => {
    routes.addHook("onRoute", app.admission.onRoute);
    registerPages(routes, subscriptions);
    done();
  });
}

/** The token in an address is as good as a password: addresses of these pages stay out of logs. */
const PAGE: RouteShorthandOptions = {
  logLevel: "warn",
  logSerializers: { req: ({ id }: FastifyRequest) => ({ id }) },
  schema: { hide: true },
};

/**
 * A link that is opened changes nothing, only its page's button does: programs that look at mails for viruses open
 * every link in them. RFC 8058's one-click is a POST to the same address as the button's.
 * Pages are there without a digest too: who got mails can always end them.
 */
function registerPages(app: FastifyInstance, subscriptions: SubscriptionStore): void {
  // What a form or a mail program posts, in whatever way, says nothing that the address does not say.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string", bodyLimit: 10_000 }, (_request, _body, done) => {
    done(null);
  });
  app.setErrorHandler<FastifyError | PapergraphError>((error, request, reply) => {
    const statusCode = error instanceof PapergraphError ? error.status : (error.statusCode ?? 500);
    if (error instanceof PapergraphError && error.retryAfter !== undefined)
      void reply.header("retry-after", error.retryAfter);
    if (statusCode === 429)
      return sendPage(
        reply,
        { title: "Please wait a minute", text: `${error.message} Then open this link again.` },
        statusCode,
      );
    if (statusCode < 500)
      return sendPage(
        reply,
        { title: "That did not work", text: "This page takes its link alone." },
        statusCode,
      );
    if (!(error instanceof PapergraphError)) request.log.error({ err: error }, "a page of the digest failed");
    return sendPage(reply, { title: "That did not work", text: "Please try again in a few minutes." }, 503);
  });

  app.get("/digest/confirm", PAGE, async (request, reply) => {
    const asked = await readConfirm(subscriptions, tokenOf(request));
    if (!asked) return sendVoid(reply);
    return sendPage(reply, {
      title: "Papers by e-mail",
      text: `Do you want a mail ${often(asked.frequency)} with the papers that readers liked most?`,
      button: "Yes, send them",
    });
  });
  app.post("/digest/confirm", PAGE, async (request, reply) => {
    const asked = await readConfirm(subscriptions, tokenOf(request));
    if (!asked || !(await subscriptions.confirm(asked.requestId, asked.frequency))) return sendVoid(reply);
    return sendPage(reply, {
      title: "You are subscribed",
      text: `A mail will come ${often(asked.frequency)}. Each has a link that ends it.`,
    });
  });

  app.get("/digest/unsubscribe", PAGE, async (request, reply) => {
    if ((await readUnsubscribe(subscriptions, tokenOf(request))) === null) return sendVoid(reply);
    return sendPage(reply, {
      title: "No more papers by e-mail?",
      text: "Your address will be deleted.",
      button: "Unsubscribe",
    });
  });
  app.post("/digest/unsubscribe", PAGE, async (request, reply) => {
    const subscription = await readUnsubscribe(subscriptions, tokenOf(request));
    if (subscription === null) return sendVoid(reply);
    await subscriptions.unsubscribe(subscription);
    return sendPage(reply, {
      title: "You are unsubscribed",
      text: "Your address is deleted; no more mails will come.",
    });
  });
}

function tokenOf({ query }: FastifyRequest): string {
  const { token } = query as { token?: unknown };
  return typeof token === "string" ? token : "";
}

function often(frequency: DigestFrequency): string {
  return frequency === DigestFrequency.DAILY ? "each day" : "each week";
}

function sendVoid(reply: FastifyReply): FastifyReply {
  return sendPage(
    reply,
    {
      title: "This link does not work",
      text: "It is too old, or not whole. To get the papers by e-mail, ask for them again.",
    },
    400,
  );
}
