import { Type } from "typebox";
import { analysedPapers } from "../../../analytics/analysed-papers.js";
import { coOccurrences } from "../../../analytics/co-occurrences/co-occurrences.js";
import { timeSeries } from "../../../analytics/time-series/time-series.js";
import { trends } from "../../../analytics/trends/trends.js";
import { CACHE_FOR } from "../../http/caching.js";
import { ALL_PAPERS } from "../../../papers/list/paper-scopes.js";
import { MAX_PAGE } from "../../../shared/pagination/connection.js";
import { DEFAULT_FEW } from "../../../shared/validate-input.js";
import {
  analysed,
  DATE_FIELDS,
  dateField,
  DIMENSIONS,
  few,
  INTERVALS,
  one,
} from "../analytics-parameters.js";
import { analyticsCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { inBoth, sendInEither, snakeCase } from "../content-negotiation.js";
import { CoOccurrenceItem, SeriesItem, TrendItem } from "../schemas/analytics.schema.js";
import { answers, listOf } from "../schemas/responses.js";
import { setSearchHeaders } from "../search-headers.js";
import { listArgs } from "../search-papers.js";

const limit = few(1, MAX_PAGE, "How many.", DEFAULT_FEW);

const SeriesQuery = Type.Object({
  interval: one(INTERVALS, "The length of an interval."),
  field: dateField,
  timeZone: Type.Optional(
    Type.String({
      default: "UTC",
      description: "In whose calendar days begin: the IANA name of a time zone, such as Europe/Berlin.",
    }),
  ),
  splitBy: Type.Optional(one(DIMENSIONS, "A series for each of its values instead of one for all papers.")),
  splitFirst: few(1, 50, "With `splitBy`: how many series, those with the most papers.", 5),
  ...analysed,
});

const TrendsQuery = Type.Object({
  dimension: one(DIMENSIONS, "What grows; no part of the calendar."),
  window: one(INTERVALS, "How long the window is that is compared with the one right before it."),
  field: dateField,
  until: Type.Optional(
    Type.String({ description: "The window's last day. Without it the day of the latest of the papers." }),
  ),
  limit,
  ...analysed,
});

const PairsQuery = Type.Object({
  a: one(DIMENSIONS, "The dimension of the first value."),
  b: one(DIMENSIONS, "What the other one is; the same dimension pairs its values with each other."),
  minCount: few(1, 2_147_483_647, "The least number of papers that two values must share.", 3),
  limit,
  ...analysed,
});

const dayOf = (date: Date) => date.toISOString().slice(0, 10);

export function analyticsRoutes(app: RestApp, door: Door): void {
  const config = (field: string) => ({ cacheFor: CACHE_FOR, cost: analyticsCost(field) });
  const tags = ["Analytics"];

  app.get(
    "/api/analytics/timeseries",
    {
      config: config("PaperConnection.timeSeries"),
      schema: {
        tags,
        operationId: "timeSeries",
        summary: "Papers over time",
        description:
          "The papers that match by day, week, month, quarter or year; intervals without any are there with 0. In CSV the rows of all series stand below each other.",
        querystring: SeriesQuery,
        response: answers(inBoth(listOf(SeriesItem, ["X-Search-Relaxed"]))),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { interval, field, splitBy, ...rest } = request.query;
      const papers = await analysedPapers(context, listArgs(rest), ALL_PAPERS);
      const series = await timeSeries(context.loaders.analytics, context.analytics, papers, {
        ...rest,
        interval: INTERVALS[interval],
        field: DATE_FIELDS[field ?? "publishedAt"],
        splitBy: splitBy && DIMENSIONS[splitBy],
      });
      await setSearchHeaders(context, reply, rest);
      const answer = series.map(({ key, points }) => ({
        key,
        points: points.map(({ start, count, upvotes }) => ({ start: dayOf(start), count, upvotes })),
      }));
      return sendInEither(request, reply, answer, () => ({
        name: "timeseries",
        header: [...(splitBy ? [snakeCase(splitBy)] : []), "start", "count", "upvotes"],
        rows: answer.flatMap(({ key, points }) =>
          points.map(({ start, count, upvotes }) => [...(splitBy ? [key] : []), start, count, upvotes]),
        ),
      }));
    },
  );

  app.get(
    "/api/analytics/trends",
    {
      config: config("Query.trends"),
      schema: {
        tags,
        operationId: "trends",
        summary: "What grew most",
        description:
          "Tags, organisations, … that have a larger share of the latest of the papers that match than of those of the window before; the surest growth first.",
        querystring: TrendsQuery,
        response: answers(inBoth(listOf(TrendItem, ["X-Search-Relaxed"]))),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { dimension, window, field, until, limit: first, ...rest } = request.query;
      const found = await trends(context, {
        ...listArgs(rest),
        dimension: DIMENSIONS[dimension],
        window: INTERVALS[window],
        field: DATE_FIELDS[field ?? "publishedAt"],
        ...{ until, first },
      });
      await setSearchHeaders(context, reply, rest);
      const answer = found.map(({ tag, organisation, start, end, ...figures }) => ({
        ...figures,
        name: (tag ?? organisation)?.name,
        ...{ start: dayOf(start), end: dayOf(end) },
      }));
      return sendInEither(request, reply, answer, () => ({
        name: "trends",
        header: [
          snakeCase(dimension),
          ...["name", "count", "previous_count", "growth", "score", "start", "end"],
        ],
        rows: answer.map(({ key, name, count, previousCount, growth, score, start, end }) => [
          ...[key, name, count, previousCount, growth, score, start, end],
        ]),
      }));
    },
  );

  app.get(
    "/api/analytics/co-occurrences",
    {
      config: config("Query.coOccurrences"),
      schema: {
        tags,
        operationId: "coOccurrences",
        summary: "What goes together",
        description:
          "Which tags stand on the same papers, which organisations publish on which tags, which organisations publish together; what is surest first.",
        querystring: PairsQuery,
        response: answers(inBoth(listOf(CoOccurrenceItem, ["X-Search-Relaxed"]))),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { a, b, minCount, limit: first, ...rest } = request.query;
      const pairs = await coOccurrences(context, {
        ...listArgs(rest),
        ...{ a: DIMENSIONS[a], b: DIMENSIONS[b], minCount, first },
      });
      await setSearchHeaders(context, reply, rest);
      const answer = pairs.map(({ a, b, count, expected, lift, score }) => ({
        ...{ a, b, count, expected, lift, score },
      }));
      return sendInEither(request, reply, answer, () => ({
        name: "co-occurrences",
        // Two tags have two columns of the same kind, which need two names.
        header: [
          ...(a === b ? ["a", "b"] : [snakeCase(a), snakeCase(b)]),
          ...["count", "expected", "lift", "score"],
        ],
        rows: answer.map(({ a, b, count, expected, lift, score }) => [a, b, count, expected, lift, score]),
      }));
    },
  );
}
