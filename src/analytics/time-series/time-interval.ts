import { registerEnumType } from "type-graphql";
import { addDays, addMonths } from "../../shared/dates.js";
import type { ScanColumn } from "../aggregation.js";

export enum TimeInterval {
  DAY = "DAY",
  WEEK = "WEEK",
  MONTH = "MONTH",
  QUARTER = "QUARTER",
  YEAR = "YEAR",
}

registerEnumType(TimeInterval, {
  name: "TimeInterval",
  description: "A calendar interval.",
  valuesConfig: {
    DAY: { description: "A day." },
    WEEK: { description: "An ISO week, Monday to Sunday." },
    MONTH: { description: "A month." },
    QUARTER: { description: "Three months, from January, April, July or October." },
    YEAR: { description: "A year." },
  },
});

/** The day that lies so many intervals later; earlier, when negative. */
export const SHIFT: Record<TimeInterval, (day: Date, intervals: number) => Date> = {
  DAY: addDays,
  WEEK: (day, weeks) => addDays(day, weeks * 7),
  MONTH: addMonths,
  QUARTER: (day, quarters) => addMonths(day, quarters * 3),
  YEAR: (day, years) => addMonths(day, years * 12),
};

export enum PaperDateField {
  PUBLISHED_AT = "PUBLISHED_AT",
  SUBMITTED_AT = "SUBMITTED_AT",
}

registerEnumType(PaperDateField, {
  name: "PaperDateField",
  description: "The dates of a paper.",
  valuesConfig: {
    PUBLISHED_AT: { description: "When it was published." },
    SUBMITTED_AT: {
      description: "When it was put into Daily Papers; papers that were not are left out.",
    },
  },
});

export const DATE_COLUMNS: Record<PaperDateField, ScanColumn> = {
  PUBLISHED_AT: "publishedAt",
  SUBMITTED_AT: "submittedAt",
};
