import { Type } from "typebox";
import { analysedPapers } from "../../../analytics/analysed-papers.js";
import { facet, FACETS, type Facet } from "../../../analytics/facets/paper-facets.js";
import { paperStats, STATS_PARTS, statsParts } from "../../../analytics/stats/paper-stats.js";
import type { Context } from "../../../context/request-context.js";
import { CACHE_FOR } from "../../http/caching.js";
import { Organisation } from "../../../catalogue/organisations/organisation.entity.js";
import type { PaperConnection } from "../../../papers/list/paper-connection.js";
import { ALL_PAPERS } from "../../../papers/list/paper-scopes.js";
import { MAX_PAGE } from "../../../shared/pagination/connection.js";
import { DEFAULT_FEW } from "../../../shared/validate-input.js";
import { Tag } from "../../../catalogue/tags/tag.entity.js";
import { analysed, apart, few, several, stats } from "../analytics-parameters.js";
import { analyticsCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { inBoth, sendInEither } from "../content-negotiation.js";
import { FacetsItem, StatsItem } from "../schemas/analytics.schema.js";
import { answers, headersNamed } from "../schemas/responses.js";
import { ref } from "../schemas/named.schema.js";
import { setSearchHeaders } from "../search-headers.js";
import { listArgs } from "../search-papers.js";
import { statsCells, statsHeader, writeStats } from "../presenters/stats.presenter.js";

const FACET_NAMES = Object.keys(FACETS) as Facet[];
const THINGS: Partial<Record<Facet, typeof Tag | typeof Organisation>> = {
  tags: Tag,
  organisations: Organisation,
};

const FacetsQuery = Type.Object({
  of: Type.Optional(several(FACET_NAMES, "Which facets. Without it all of them.")),
  limit: few(1, MAX_PAGE, "How many values of each.", DEFAULT_FEW),
  ...analysed,
});

/** Figures over all papers that match, as they stand beside a list. */
export function figuresRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/analytics/stats",
    {
      config: { cacheFor: CACHE_FOR, cost: analyticsCost("PaperConnection.stats") },
      schema: {
        tags: ["Analytics"],
        operationId: "paperStats",
        summary: "Figures over papers",
        description: "Over all papers that match: how many, their upvotes with median and percentile, …",
        querystring: Type.Object({ stats: stats("Without it all of them."), ...analysed }),
        response: answers(inBoth({ ...ref(StatsItem), headers: headersNamed("X-Search-Relaxed") })),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { stats: asked } = request.query;
      const parts = asked ? statsParts(new Set(apart(asked))) : STATS_PARTS;
      const papers = await analysedPapers(context, listArgs(request.query), ALL_PAPERS);
      const figures = await paperStats(context.loaders.analytics, papers, parts);
      await setSearchHeaders(context, reply, request.query);
      return sendInEither(request, reply, writeStats(figures, parts), () => ({
        name: "stats",
        header: statsHeader(parts),
        rows: [statsCells(figures, parts)],
      }));
    },
  );

  app.get(
    "/api/analytics/facets",
    {
      config: { cacheFor: CACHE_FOR, cost: analyticsCost("PaperConnection.facets") },
      schema: {
        tags: ["Analytics"],
        operationId: "paperFacets",
        summary: "The commonest values of papers",
        description:
          "The commonest tags, organisations, authors, years and venues of all papers that match. A facet counts as if its own parameter (`tag`, `organisation`, `author`, `year`, `venue`) were not there, so that a sidebar can show what else could be chosen.",
        querystring: FacetsQuery,
        response: answers(inBoth({ ...ref(FacetsItem), headers: headersNamed("X-Search-Relaxed") })),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { of, limit = DEFAULT_FEW } = request.query;
      const names = of ? FACET_NAMES.filter((name) => apart(of).includes(name)) : FACET_NAMES;
      const papers = await analysedPapers(context, listArgs(request.query), ALL_PAPERS);
      const found = await Promise.all(names.map((name) => bucketsOf(context, papers, name, limit)));
      await setSearchHeaders(context, reply, request.query);
      const answer: FacetsItem = Object.fromEntries(names.map((name, index) => [name, found[index]]));
      return sendInEither(request, reply, answer, () => ({
        name: "facets",
        header: ["facet", "value", "name", "count"],
        rows: names.flatMap((facet, index) =>
          (found[index] ?? []).map(({ value, name, count }) => [facet, value, name, count]),
        ),
      }));
    },
  );
}

async function bucketsOf(
  { loaders, analytics }: Context,
  papers: PaperConnection,
  name: Facet,
  limit: number,
) {
  const entity = THINGS[name];
  const columns = entity && analytics.columns(entity, "n1");
  const buckets = await facet<{ name: string }>(loaders.analytics, papers, name, limit, columns);
  return buckets.map(({ value, count, thing }) => ({ value, name: thing?.name, count }));
}
