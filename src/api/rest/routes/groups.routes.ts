import { Type, type Static } from "typebox";
import { analysedPapers } from "../../../analytics/analysed-papers.js";
import { GroupMetric } from "../../../analytics/groups/group-order.js";
import { paperGroups, type PaperGroupsArgs } from "../../../analytics/groups/paper-groups.js";
import { statsParts, type StatsPart } from "../../../analytics/stats/paper-stats.js";
import { CACHE_FOR } from "../../http/caching.js";
import { ALL_PAPERS } from "../../../papers/list/paper-scopes.js";
import { OrderDirection } from "../../../shared/order-direction.js";
import { analysed, apart, DIMENSIONS, few, one, several, stats } from "../analytics-parameters.js";
import { analyticsCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { inBoth, sendInEither, snakeCase } from "../content-negotiation.js";
import { linkTo } from "../pagination.js";
import { answers, listOf } from "../schemas/responses.js";
import { GroupItem } from "../schemas/analytics.schema.js";
import { cursor } from "../schemas/parameters.js";
import { setSearchHeaders } from "../search-headers.js";
import { listArgs } from "../search-papers.js";
import { statsCells, statsHeader, writeStats } from "../presenters/stats.presenter.js";

/** A page of a table has room for more than one of GraphQL. */
const MAX_GROUPS = 1_000;
const DEFAULT_GROUPS = 50;

const SORTS = {
  count: GroupMetric.COUNT,
  upvotes: GroupMetric.UPVOTES_SUM,
  upvotesAvg: GroupMetric.UPVOTES_AVG,
  key: GroupMetric.KEY,
};
const ORDERS = { desc: OrderDirection.DESC, asc: OrderDirection.ASC };

const Query = Type.Object({
  by: several(
    Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[],
    "What papers must share to be in one group: one to three.",
  ),
  stats: stats("Without it `count`, and `upvotes` when `sort` is by them."),
  sort: Type.Optional(one(SORTS, "What comes first; `count` without it. Ties come by key.")),
  order: Type.Optional(one(ORDERS, "Which end comes first; `desc` without it.")),
  minCount: few(0, 2_147_483_647, "Only groups of so many papers or more.", 0),
  maxCount: few(0, 2_147_483_647, "Only groups of so many papers or fewer.", 2_147_483_647),
  limit: few(1, MAX_GROUPS, "How many.", DEFAULT_GROUPS),
  cursor,
  ...analysed,
});
type Query = Static<typeof Query>;

export function groupsRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/analytics/groups",
    {
      config: { cacheFor: CACHE_FOR, cost: analyticsCost("PaperConnection.groups") },
      schema: {
        tags: ["Analytics"],
        operationId: "groupPapers",
        summary: "Papers in groups",
        description:
          "The papers that match, counted by up to three dimensions: by tag, by organisation and year, … A paper with several tags is in the group of each; one without a value is in none. `X-Total-Count` has the number of groups, `Link` the next page.",
        querystring: Query,
        response: answers(inBoth(listOf(GroupItem, ["Link", "X-Total-Count", "X-Search-Relaxed"]))),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { query } = request;
      const connection = await analysedPapers(context, listArgs({ ...query, sort: undefined }), ALL_PAPERS);
      const parts = partsOf(query);
      const by = apart(query.by);
      const groups = paperGroups(context.loaders.analytics, connection, groupsArgs(query, by), parts);
      const [{ edges, pageInfo }, total] = await Promise.all([groups.page(), groups.count()]);
      void reply.header("x-total-count", total);
      await setSearchHeaders(context, reply, { ...query, sort: undefined });
      if (pageInfo.hasNextPage && pageInfo.endCursor !== null)
        linkTo(door, request, reply, "cursor", pageInfo.endCursor);
      const nodes = edges.map(({ node }) => node);
      const answer = nodes.map(({ keys, stats }) => ({ keys, stats: writeStats(stats, parts) }));
      return sendInEither(request, reply, answer, () => ({
        name: "groups",
        header: [...by.map(snakeCase), ...statsHeader(parts)],
        rows: nodes.map(({ keys, stats }) => [...keys, ...statsCells(stats, parts)]),
      }));
    },
  );
}

function partsOf({ stats, sort }: Query): StatsPart[] {
  if (stats) return statsParts(new Set(apart(stats)));
  return sort?.startsWith("upvotes") ? ["count", "upvotes"] : ["count"];
}

function groupsArgs(query: Query, by: (keyof typeof DIMENSIONS)[]): PaperGroupsArgs & { largest: number } {
  return {
    by: by.map((name) => DIMENSIONS[name]),
    having: { count: { gte: query.minCount, lte: query.maxCount } },
    orderBy: { by: SORTS[query.sort ?? "count"], direction: ORDERS[query.order ?? "desc"] },
    first: query.limit,
    after: query.cursor,
    largest: MAX_GROUPS,
  };
}
