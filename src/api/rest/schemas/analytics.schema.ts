import { Type, type Static } from "typebox";
import { named, ref } from "./named.schema.js";

const day = (description: string) => Type.String({ format: "date", description, examples: ["2026-03-01"] });
const figure = Type.Union([Type.Number(), Type.Null()]);

const NumberFigures = Type.Object(
  { sum: Type.Number(), avg: figure, min: figure, max: figure, median: figure, p90: figure },
  { description: "Exact; null without papers where it is known." },
);
const moment = Type.Union([Type.String({ format: "date-time" }), Type.Null()]);

export const StatsItem = named("PaperStats", "Figures over papers: those that were asked for.", {
  count: Type.Optional(Type.Integer({ description: "How many papers." })),
  upvotes: Type.Optional(NumberFigures),
  comments: Type.Optional(NumberFigures),
  authors: Type.Optional(NumberFigures),
  codeStars: Type.Optional(NumberFigures),
  distinctTags: Type.Optional(Type.Integer()),
  distinctOrganisations: Type.Optional(Type.Integer()),
  distinctAuthors: Type.Optional(Type.Integer()),
  firstPublishedAt: Type.Optional(moment),
  lastPublishedAt: Type.Optional(moment),
});
export type StatsItem = Static<typeof StatsItem>;

export const GroupItem = named("PaperGroup", "Papers that share a value in each of the dimensions.", {
  keys: Type.Array(Type.String(), { description: "The values, one for each dimension, in their order." }),
  stats: ref(StatsItem),
});
export type GroupItem = Static<typeof GroupItem>;

export const SeriesItem = named("TimeSeries", "Papers over time.", {
  key: Type.Union([Type.String(), Type.Null()], {
    description: "The value that the papers of this series share; null without `splitBy`.",
  }),
  points: Type.Array(
    Type.Object({
      start: day("The interval's first day."),
      count: Type.Integer({ description: "The number of papers." }),
      upvotes: Type.Integer({ description: "Their upvotes, as of now." }),
    }),
  ),
});
export type SeriesItem = Static<typeof SeriesItem>;

const name = Type.Optional(
  Type.String({ description: "The name of a tag or an organisation; absent of others." }),
);

export const TrendItem = named("Trend", "What has a larger share of the papers than before.", {
  key: Type.String({ description: "The key in the dimension: a slug or a name." }),
  name,
  count: Type.Integer({ description: "The number of papers in the window that have it." }),
  previousCount: Type.Integer({ description: "The number of papers in the previous window that have it." }),
  growth: Type.Union([Type.Number(), Type.Null()], {
    description: "How many times as large its share has become; null when it was in no paper before.",
  }),
  score: Type.Number({ description: "The growth that is beyond doubt; above 1 it surely grew." }),
  start: day("The window's first day."),
  end: day("The window's last day."),
});
export type TrendItem = Static<typeof TrendItem>;

export const CoOccurrenceItem = named(
  "CoOccurrence",
  "Two values that papers share more often than by chance.",
  {
    a: Type.String(),
    b: Type.String(),
    count: Type.Integer({ description: "The number of papers that have both." }),
    expected: Type.Number({ description: "How many would by chance." }),
    lift: Type.Number({ description: "`count / expected`." }),
    score: Type.Number({ description: "How surely they go together: G²." }),
  },
);
export type CoOccurrenceItem = Static<typeof CoOccurrenceItem>;

const buckets = Type.Optional(
  Type.Array(Type.Object({ value: Type.String(), name, count: Type.Integer() }), {
    description: "The commonest first; the filter of the same name does not count here.",
  }),
);

export const FacetsItem = named("PaperFacets", "The commonest values of all papers that match.", {
  tags: buckets,
  organisations: buckets,
  authors: buckets,
  years: buckets,
  venues: buckets,
});
export type FacetsItem = Static<typeof FacetsItem>;
