import { Type } from "typebox";
import type { Context } from "../context.js";
import { CACHE_FOR } from "../http/caching.js";
import { papersOfPeriod } from "../papers/daily-papers.js";
import type { PaperConnection } from "../papers/paper-connection.js";
import { paperConnection } from "../papers/paper-list.js";
import { ALL_PAPERS } from "../papers/paper-places.js";
import { PaperOrderField } from "../papers/paper.order.js";
import { OrderDirection } from "../shared/order-direction.js";
import type { Door, RestApp } from "./door.js";
import { linkTo, pageArgs, pageOf } from "./pages.js";
import { paperRecords } from "./paper-records.js";
import { answers } from "./schemas/answers.js";
import { ref } from "./schemas/named.js";
import { DailyItem } from "./schemas/paper.schema.js";
import { limit } from "./schemas/parameters.js";
import { writeDailyItem } from "./write-paper.js";

const Query = Type.Object({
  date: Type.Optional(
    Type.String({
      description: "What was put into Daily Papers on this day, in UTC.",
      examples: ["2026-03-06"],
    }),
  ),
  week: Type.Optional(
    Type.String({ description: "… in this ISO week, Monday to Sunday.", examples: ["2026-W10"] }),
  ),
  month: Type.Optional(Type.String({ description: "… in this month.", examples: ["2026-03"] })),
  submitter: Type.Optional(Type.String({ description: "Only what this user put there, by user name." })),
  sort: Type.Optional(
    Type.Enum(["publishedAt", "trending"], {
      default: "publishedAt",
      description:
        "`publishedAt`: the newest in Daily Papers first; of a day, week or month the most upvoted first. `trending`: upvotes against age.",
    }),
  ),
  p: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 0,
    description: "Which page of `limit`, from 0. Past the end is an empty list.",
  }),
  limit: limit(),
});
type Query = Type.Static<typeof Query>;

const TRENDING = [{ field: PaperOrderField.TRENDING, direction: OrderDirection.DESC }];
const NEWEST = [{ field: PaperOrderField.SUBMITTED_AT, direction: OrderDirection.DESC }];

export function dailyPapersRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/daily_papers",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Papers"],
        summary: "Daily Papers",
        description:
          'Papers that were put into Daily Papers: all of them, or those of a day, a week or a month (one of the three). `Link: rel="next"` tells that there is more.',
        querystring: Query,
        response: answers(Type.Array(ref(DailyItem))),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { edges, pageInfo } = await pageOf(context, await listOf(context, request.query));
      if (pageInfo.hasNextPage) linkTo(door, request, reply, "p", String(request.query.p + 1));
      const records = await paperRecords(
        context,
        edges.map(({ node }) => node),
      );
      return records.map(writeDailyItem);
    },
  );
}

function listOf(context: Context, query: Query): Promise<PaperConnection> {
  const { date, week, month, submitter } = query;
  const page = pageArgs(query);
  const orderBy = query.sort === "trending" ? TRENDING : null;
  if ([date, week, month].some((period) => period !== undefined))
    return papersOfPeriod(context, { ...page, date, week, month, submitter, orderBy });
  const filter = { submittedAt: {}, submittedBy: submitter };
  return paperConnection(context, { ...page, filter, orderBy: orderBy ?? NEWEST }, ALL_PAPERS);
}
