import { papersCost } from "../api/cost/rest-cost.js";
import type { FastifyInstance } from "fastify";
import { createContext, type Stores } from "../context/request-context.js";
import { notFound } from "../shared/errors.js";
import { errorAnswers } from "../api/http/error-handler.js";
import { baseUrlOf } from "../api/http/base-url.js";
import type { Reading } from "../context/read-router.js";
import { storesFor } from "../context/stores-for.js";
import { FEED_FORMATS, FORMATS } from "./feed-formats.js";
import { FEED_ORDERS, feedArguments, feedTitle, FEED_NAMES, type FeedParameters } from "./feed-query.js";
import { readFeed } from "./feed.js";

interface Options {
  stores: Stores;
  reading: Reading;
  /** Null takes the address that a request names. */
  publicUrl: string | null;
}

/** Seconds: feed readers ask every half an hour or so, and what stands between may answer for some minutes. */
const CACHE_FOR = 300;

const text = (description: string) => ({ type: "string", description });
const texts = (description: string) => ({ type: "array", items: { type: "string" }, description });

const feedSchema = {
  operationId: "getFeed",
  summary: "A list of papers as a feed",
  description:
    "papers: any query, the newest first; daily, weekly, monthly: what was put into Daily Papers on the last day, or in the last week or month, that has papers, by upvotes; trending. All take the same parameters. Ids of entries never change.",
  tags: ["Feeds"],
  security: [],
  params: {
    type: "object",
    properties: {
      name: { type: "string", enum: FEED_NAMES, description: "Only papers that match this filter." },
      format: {
        type: "string",
        enum: FEED_FORMATS,
        description: "Atom 1.0, RSS 2.0 or JSON Feed 1.1.",
      },
    },
    required: ["name", "format"],
  },
  querystring: {
    type: "object",
    properties: {
      search: text("The search text, in the language of `Query.papers`."),
      tag: texts("Papers with this tag, by slug or name; may be repeated: with any of them."),
      organisation: texts("Papers of this organisation, by slug; may be repeated: of any of them."),
      author: texts("Papers by this author, as the paper writes the name; may be repeated: by any of them."),
      minUpvotes: { type: "integer", minimum: 0, description: "Only papers with so many upvotes or more." },
      since: text("Only papers published then or later: a day (YYYY-MM-DD) or an RFC 3339 moment."),
      order: { type: "string", enum: FEED_ORDERS, description: "What comes first." },
      limit: {
        type: "integer",
        minimum: 1,
        maximum: 100,
        default: 50,
        description: "How many papers at most.",
      },
    },
  },
  response: {
    200: {
      description: "The feed; empty when nothing matches.",
      content: {
        [FORMATS.atom.type]: { schema: { type: "string" } },
        [FORMATS.rss.type]: { schema: { type: "string" } },
        // Sent as text, so that nothing takes it apart again.
        [FORMATS.json.type]: { schema: { type: "object", additionalProperties: true } },
      },
    },
    ...errorAnswers(400, 404, 500, 503),
  },
};

/** Opens /feeds/papers.atom and its likes. */
export function registerFeeds(app: FastifyInstance, { stores, reading, publicUrl }: Options): void {
  void app.register((routes, _options, done) => {
    routes.addHook("onRoute", app.admission.onRoute);
    routes.get<{ Params: { name: string; format: string }; Querystring: FeedParameters }>(
      "/feeds/:name.:format",
      {
        schema: feedSchema,
        config: { cacheFor: CACHE_FOR, cost: papersCost() },
        // Parameters are checked where GraphQL's arguments are; the schema tells of them.
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        const name = FEED_NAMES.find((known) => known === request.params.name);
        const format = FEED_FORMATS.find((known) => known === request.params.format);
        if (!name || !format)
          throw notFound(`such feed: there are ${FEED_NAMES.join(", ")}, each as ${FEED_FORMATS.join(", ")}`);
        const context = createContext(storesFor(request, (await reading.storesFor(null)) ?? stores), null);
        const args = await feedArguments(context, name, request.query);
        const home = baseUrlOf(request, publicUrl);
        const about = {
          title: feedTitle(name, request.query),
          self: new URL(home + request.url).href,
          home: `${home}/docs`,
        };
        const { type, write } = FORMATS[format];
        return reply.type(`${type}; charset=utf-8`).send(write(await readFeed(context, args, about)));
      },
    );
    done();
  });
}
