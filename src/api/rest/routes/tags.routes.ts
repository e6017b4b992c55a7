import { Type } from "typebox";
import { notFound } from "../../../shared/errors.js";
import { CACHE_FOR } from "../../http/caching.js";
import { papersOfTag } from "../../../papers/list/paper-scopes.js";
import { papersCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { linkNext } from "../pagination.js";
import { answers, listOf, TOTAL } from "../schemas/responses.js";
import { SearchItem } from "../schemas/paper.schema.js";
import { cursor, limit } from "../schemas/parameters.js";
import { TagItem } from "../schemas/tag.schema.js";
import { SearchQuery, searchPapers } from "../search-papers.js";

export function tagsRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/tags",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Tags"],
        operationId: "listTags",
        summary: "Tags",
        description:
          "Tags, those with most papers first, or those whose names fit best with `q`. `X-Total-Count` has their number.",
        querystring: Type.Object({
          q: Type.Optional(
            Type.String({
              maxLength: 250,
              description: "Words of the name, or their beginnings: all must be there.",
            }),
          ),
          cursor,
          limit: limit(),
        }),
        response: answers(listOf(TagItem, TOTAL)),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { q, limit: first, cursor: after } = request.query;
      const list = context.tags.list({ search: q, first, after });
      const [{ edges, pageInfo }, total] = await Promise.all([list.page(), list.count()]);
      void reply.header("x-total-count", total);
      linkNext(door, request, reply, pageInfo);
      return edges.map(({ node: { slug, name, paperCount } }) => ({ slug, name, numPapers: paperCount }));
    },
  );

  app.get(
    "/api/tags/:slug/papers",
    {
      config: { cacheFor: CACHE_FOR, cost: papersCost({ highlights: true }) },
      schema: {
        tags: ["Tags"],
        operationId: "listPapersOfTag",
        summary: "The papers that have a tag",
        description: "Searched, filtered, ordered and paged as `/api/papers/search`.",
        params: Type.Object({
          slug: Type.String({ description: "The tag's slug or name.", examples: ["reinforcement-learning"] }),
        }),
        querystring: Type.Object({ ...SearchQuery.properties, limit: limit() }),
        response: answers(listOf(SearchItem, TOTAL), 404),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { slug } = request.params;
      const [tag] = await context.tags.find([slug], "slug");
      if (!tag) throw notFound(`tag "${slug}"`);
      return searchPapers(door, request, reply, { context, place: papersOfTag(tag) });
    },
  );
}
