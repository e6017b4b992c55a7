import { Type } from "typebox";
import { PaperDimension } from "../../analytics/dimensions.js";
import { STATS_PARTS } from "../../analytics/stats/paper-stats.js";
import { PaperDateField, TimeInterval } from "../../analytics/time-series/time-interval.js";
import { COMMA_SEPARATED } from "../http/validation.js";
import { format } from "./content-negotiation.js";
import { paperFilter, query } from "./schemas/parameters.js";

/** Which papers are analysed: those of a search and filter, whatever their order. */
export const analysed = { q: query, ...paperFilter, format };

/** What GraphQL's enumerations are called in addresses. */
export const DIMENSIONS = {
  tag: PaperDimension.TAG,
  organisation: PaperDimension.ORGANISATION,
  author: PaperDimension.AUTHOR,
  venue: PaperDimension.VENUE,
  year: PaperDimension.YEAR,
  quarter: PaperDimension.QUARTER,
  month: PaperDimension.MONTH,
  week: PaperDimension.WEEK,
  day: PaperDimension.DAY,
  hasCode: PaperDimension.HAS_CODE,
  submitter: PaperDimension.SUBMITTER,
};
export const INTERVALS = {
  day: TimeInterval.DAY,
  week: TimeInterval.WEEK,
  month: TimeInterval.MONTH,
  quarter: TimeInterval.QUARTER,
  year: TimeInterval.YEAR,
};
export const DATE_FIELDS = {
  publishedAt: PaperDateField.PUBLISHED_AT,
  submittedAt: PaperDateField.SUBMITTED_AT,
};

/** A parameter that takes one of the names. */
export const one = <Name extends string>(names: Record<Name, unknown>, description: string) =>
  Type.Enum(Object.keys(names) as Name[], { type: "string", description });

/** A parameter that takes several of the names: with commas, or given several times. */
export const several = <Name extends string>(names: readonly Name[], description: string) => {
  const items = Type.Enum([...names], { type: "string", title: `${names.join(", ")}; several with commas` });
  return Type.Array(items, {
    description: `${description} Several with commas, or the parameter several times.`,
    [COMMA_SEPARATED]: true,
  });
};

/** @returns the values of a parameter made by `several`. */
export function apart<Name extends string>(given: readonly Name[]): Name[] {
  return [...given];
}

export const stats = (otherwise: string) =>
  Type.Optional(several(STATS_PARTS, `Which figures. ${otherwise}`));

export const few = (least: number, most: number, description: string, usual: number) =>
  Type.Optional(Type.Integer({ minimum: least, maximum: most, default: usual, description }));

export const dateField = Type.Optional(
  one(DATE_FIELDS, "By which date of a paper; `publishedAt` without it."),
);
