import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import { ArgsType, Field, Float, Int, ObjectType } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { badInput } from "../../shared/errors.js";
import { Organisation } from "../../catalogue/organisations/organisation.entity.js";
import type { PaperConnection } from "../../papers/list/paper-connection.js";
import { MAX_PAGE } from "../../shared/pagination/connection.js";
import { addDays, dayAt, parseDay } from "../../shared/dates.js";
import { DEFAULT_FEW, wholeNumber } from "../../shared/validate-input.js";
import { CalendarDate } from "../../shared/scalars.js";
import { Tag } from "../../catalogue/tags/tag.entity.js";
import { AnalysedPapersArgs, analysedPapers } from "../analysed-papers.js";
import { largestGroups } from "../groups/group-counts.js";
import { dimensionsSql, isCalendar, PaperDimension } from "../dimensions.js";
import type { Question } from "../aggregation.js";
import { DATE_COLUMNS, PaperDateField, SHIFT, TimeInterval } from "../time-series/time-interval.js";

/** Two-sided 99.9 % of a normal distribution: among thousands of tags, dozens would pass 95 % by chance. */
const Z = 3.29;

@ArgsType()
export class TrendsArgs extends AnalysedPapersArgs {
  @Field(() => PaperDimension, {
    description: "The dimension: TAG, ORGANISATION, AUTHOR, VENUE, SUBMITTER or HAS_CODE; not a date.",
  })
  dimension: PaperDimension;

  @Field(() => TimeInterval, {
    description:
      "The length of the window in days, up to and including `until`. It is compared with the window of the same length before it.",
  })
  window: TimeInterval;

  @Field(() => PaperDateField, { description: "By which date of a paper; days are those of UTC." })
  field: PaperDateField = PaperDateField.PUBLISHED_AT;

  @Field(() => CalendarDate, {
    nullable: true,
    description: "The last day of the window. Default: the day of the latest paper.",
  })
  until?: string | null;

  @Field(() => Int, { nullable: true, defaultValue: DEFAULT_FEW, description: "How many, 1 to 100." })
  first?: number | null;
}

@ObjectType({
  description: "A value whose share of the papers is greater in the window than in the previous one.",
})
export class Trend {
  @Field(() => String, { description: "The key in the dimension: a slug or a name." })
  key: string;

  @Field(() => Tag, { nullable: true, description: "The tag, when the dimension is TAG." })
  tag: Tag | null;

  @Field(() => Organisation, {
    nullable: true,
    description: "The organisation, when the dimension is ORGANISATION.",
  })
  organisation: Organisation | null;

  @Field(() => Int, { description: "The number of papers in the window that have it." })
  count: number;

  @Field(() => Int, { description: "The number of papers in the previous window that have it." })
  previousCount: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Its share of the papers in the window divided by its share in the previous window; null if no paper of the previous window has it.",
  })
  growth: number | null;

  @Field(() => Float, {
    description:
      "The lower bound of the 99.9 % confidence interval of `growth` (Wilson's interval over the papers of the two windows). Above 1 the growth is significant. Few papers are little evidence: 0 → 2 scores low, and 100 → 200 scores higher than 5 → 10.",
  })
  score: number;

  @Field(() => CalendarDate, { description: "The window's first day." })
  start: Date;

  @Field(() => CalendarDate, { description: "The window's last day." })
  end: Date;
}

interface TrendRow {
  place: number;
  key: string;
  thing: object | null;
  count: number;
  previousCount: number;
  growth: number | null;
  score: number;
}

/** The two windows, half-open: the one before from `previous` to `start`, the one to look at from `start` to `end`. */
interface Windows {
  previous: Date;
  start: Date;
  end: Date;
}

/**
 * @returns what has gained most, the surest growth first, ties by key; nothing when either window has no papers.
 * @throws BAD_USER_INPUT naming the argument.
 */
export async function trends(context: Context, args: TrendsArgs): Promise<Trend[]> {
  const { dimension, field } = args;
  const limit = wholeNumber(args.first ?? DEFAULT_FEW, "first", 1, MAX_PAGE);
  if (isCalendar(dimension))
    throw badInput("dimension", `takes what can grow; ${dimension} is a part of the calendar itself.`);
  const last = args.until == null ? await lastDay(context, args) : parseDay(args.until, "until");
  if (!last) return [];
  const windows = windowsUntil(last, args.window);
  const connection = await analysedPapers(context, args, {
    kind: `trends ${field} ${windows.previous.toISOString()} ${windows.end.toISOString()}`,
    where: sql`${FIELDS[field]} >= ${windows.previous} AND ${FIELDS[field]} < ${windows.end}`,
  });
  const rows = await context.loaders.analytics.ask<TrendRow>(
    connection,
    trendsQuestion(context, args, windows, limit),
  );
  return rows
    .sort((one, other) => one.place - other.place)
    .map(({ key, thing, count, previousCount, growth, score }) => ({
      key,
      tag: dimension === PaperDimension.TAG ? Object.assign(new Tag(), thing) : null,
      organisation:
        dimension === PaperDimension.ORGANISATION ? Object.assign(new Organisation(), thing) : null,
      count,
      previousCount,
      growth,
      score,
      start: windows.start,
      end: last,
    }));
}

const FIELDS: Record<PaperDateField, Sql> = {
  PUBLISHED_AT: sql`p.published_at`,
  SUBMITTED_AT: sql`p.submitted_at`,
};

/** @returns the day of the latest of the papers; null when there is none. */
async function lastDay(context: Context, args: TrendsArgs): Promise<Date | null> {
  const column = DATE_COLUMNS[args.field];
  const connection: PaperConnection = await analysedPapers(context, args, { kind: "papers" });
  const [row] = await context.loaders.analytics.ask<{ last: string | null }>(connection, {
    key: `last ${column}`,
    columns: [column],
    rows: sql`SELECT m.parent, max(${raw(`m."${column}"`)}) AS last FROM m GROUP BY m.parent`,
  });
  return row?.last == null ? null : dayAt(new Date(row.last)).start;
}

function windowsUntil(last: Date, window: TimeInterval): Windows {
  const end = addDays(last, 1);
  return { previous: SHIFT[window](end, -2), start: SHIFT[window](end, -1), end };
}

/**
 * Shares are compared, not numbers: a month with twice the papers is no trend of everything in it. Of a papers of n now
 * and b of m before, a is binomial given a + b, with the odds (a's rate · n) : (b's rate · m). The score turns the lower
 * end of Wilson's interval for that binomial back into a ratio of rates; unlike intervals on the logarithm it needs no
 * made-up half papers where b is 0.
 */
function trendsQuestion(
  { analytics }: Context,
  { dimension, field }: TrendsArgs,
  { start }: Windows,
  limit: number,
): Question {
  const dimensions = dimensionsSql([dimension]);
  const { columns, from, where, valuesAs, values } = dimensions;
  const column = DATE_COLUMNS[field];
  const isNow = sql`${raw(`m."${column}"`)} >= ${start}`;
  const counted = (which: Sql, name: string) =>
    sql`(count(*) FILTER (WHERE ${which}))::double precision AS ${raw(name)}`;
  const counts = join([counted(isNow, "a"), counted(sql`NOT ${isNow}`, "b")]);
  const entity = { TAG: Tag, ORGANISATION: Organisation }[dimension as string];
  const thing = entity
    ? sql`, (SELECT to_json(t) FROM (SELECT ${analytics.columns(entity, "n1")}) t) AS thing`
    : empty;
  return {
    key: `trends ${dimension} ${field} ${start.toISOString()} ${limit}`,
    columns: [...columns, column],
    rows: sql`WITH totals AS MATERIALIZED (SELECT a AS n, b AS m FROM (SELECT ${counts} FROM m) t),
      counts AS (SELECT m.parent${valuesAs}, ${counts} FROM ${from} WHERE ${where} GROUP BY m.parent, ${values[0]}),
      compared AS (
        SELECT c.*, t.m / t.n AS exposure, c.a / (c.a + c.b) AS share, ${Z * Z}::double precision / (c.a + c.b) AS doubt
        FROM counts c CROSS JOIN totals t WHERE c.a * t.m > c.b * t.n),
      bounded AS (
        SELECT c.*, (share + doubt / 2 - sqrt(doubt * share * (1 - share) + doubt * doubt / 4)) / (1 + doubt) AS lower
        FROM compared c),
      scored AS MATERIALIZED (
        SELECT b.*, a / nullif(b.b, 0) * exposure AS growth, lower / (1 - lower) * exposure AS score FROM bounded b),
      largest AS (${largestGroups(sql`scored`, dimensions, limit, "score", thing)})
      SELECT parent, place, key, a AS count, b AS "previousCount", growth, score${raw(entity ? ", thing" : "")} FROM largest`,
  };
}
