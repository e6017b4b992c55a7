import { Type } from "typebox";
import type { Context } from "../../../context/request-context.js";
import { CACHE_FOR } from "../../http/caching.js";
import { papersOfPeriod } from "../../../papers/daily/daily-papers.js";
import type { PaperConnection } from "../../../papers/list/paper-connection.js";
import { paperConnection } from "../../../papers/list/paper-list.js";
import { ALL_PAPERS } from "../../../papers/list/paper-scopes.js";
import { PaperOrderField } from "../../../papers/list/paper.order.js";
import { OrderDirection } from "../../../shared/order-direction.js";
import { papersCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { linkTo, pageArgs, pageOf } from "../pagination.js";
import { paperRecords } from "../presenters/paper-records.js";
import { answers, listOf } from "../schemas/responses.js";
import { DailyItem } from "../schemas/paper.schema.js";
import { limit, pageNumber } from "../schemas/parameters.js";
import { writeDailyItem } from "../presenters/paper.presenter.js";

const Query = Type.Object({
  date: Type.Optional(
    Type.String({ description: "What was put into Daily Papers on this day, in UTC: `2026-03-06`." }),
  ),
  week: Type.Optional(
    Type.String({
      description: "… in this ISO week, Monday to Sunday: `2026-W10`; `W53` where a year has one.",
    }),
  ),
  month: Type.Optional(Type.String({ description: "… in this month: `2026-03`." })),
  submitter: Type.Optional(Type.String({ description: "Only what this user put there, by user name." })),
  sort: Type.Optional(
    Type.Enum(["publishedAt", "trending"], {
      type: "string",
      default: "publishedAt",
      description:
        "`publishedAt`: the newest in Daily Papers first; of a day, week or month the most upvoted first. `trending`: upvotes against age.",
    }),
  ),
  p: pageNumber,
  limit: limit(),
});
type Query = Type.Static<typeof Query>;

const TRENDING = [{ field: PaperOrderField.TRENDING, direction: OrderDirection.DESC }];
const NEWEST = [{ field: PaperOrderField.SUBMITTED_AT, direction: OrderDirection.DESC }];

export function dailyPapersRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/daily_papers",
    {
      config: { cacheFor: CACHE_FOR, cost: papersCost() },
      schema: {
        tags: ["Papers"],
        operationId: "listDailyPapers",
        summary: "Daily Papers",
        description:
          'Papers that were put into Daily Papers: all of them, or those of a day, a week or a month (one of the three). `Link: rel="next"` tells that there is more.',
        querystring: Query,
        response: answers(listOf(DailyItem)),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { edges, pageInfo } = await pageOf(context, await dailyConnection(context, request.query));
      if (pageInfo.hasNextPage) linkTo(door, request, reply, "p", String((request.query.p ?? 0) + 1));
      const records = await paperRecords(
        context,
        edges.map(({ node }) => node),
      );
      return records.map(writeDailyItem);
    },
  );
}

function dailyConnection(context: Context, query: Query): Promise<PaperConnection> {
  const { date, week, month, submitter } = query;
  const page = pageArgs(query);
  const orderBy = query.sort === "trending" ? TRENDING : null;
  if ([date, week, month].some((period) => period !== undefined))
    return papersOfPeriod(context, { ...page, date, week, month, submitter, orderBy });
  const filter = { submittedAt: {}, submittedBy: submitter };
  return paperConnection(context, { ...page, filter, orderBy: orderBy ?? NEWEST }, ALL_PAPERS);
}
