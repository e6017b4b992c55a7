import sql, { join, raw, type Sql } from "sql-template-tag";
import { ArgsType, Field, Int, ObjectType } from "type-graphql";
import { badInput } from "../../shared/errors.js";
import type { PaperConnection } from "../../papers/list/paper-connection.js";
import { wholeNumber } from "../../shared/validate-input.js";
import { CalendarDate } from "../../shared/scalars.js";
import type { AnalyticsLoaders } from "../analytics.loaders.js";
import type { AnalyticsStore } from "../analytics.store.js";
import { largestGroups } from "../groups/group-counts.js";
import { dimensionsSql, membersSql, PaperDimension } from "../dimensions.js";
import type { Question, ScanColumn } from "../aggregation.js";
import { DATE_COLUMNS, PaperDateField, SHIFT, TimeInterval } from "./time-interval.js";

const DEFAULT_SERIES = 5;
const MAX_SERIES = 50;
/** Points of all series of one answer: thirteen years by day. More cannot be drawn, and none is left out silently. */
const MAX_POINTS = 5_000;

@ArgsType()
export class TimeSeriesArgs {
  @Field(() => TimeInterval, { description: "The length of an interval." })
  interval: TimeInterval;

  @Field(() => PaperDateField, { description: "The date of a paper to use." })
  field: PaperDateField = PaperDateField.PUBLISHED_AT;

  @Field(() => String, {
    nullable: true,
    defaultValue: "UTC",
    description:
      "The time zone in which days begin: an IANA name such as `Europe/Berlin`, with its daylight saving time.",
  })
  timeZone?: string | null;

  @Field(() => PaperDimension, {
    nullable: true,
    description: "A series for each value of this dimension instead of one for all papers.",
  })
  splitBy?: PaperDimension | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_SERIES,
    description: `With \`splitBy\`: how many series, those with the most papers; 1 to ${MAX_SERIES}.`,
  })
  splitFirst?: number | null;
}

@ObjectType({ description: "The papers of one interval." })
export class TimePoint {
  @Field(() => CalendarDate, { description: "Its first day." })
  start: Date;

  @Field(() => Int, { description: "The number of papers." })
  count: number;

  @Field(() => Int, { description: "The sum of the current upvotes of these papers." })
  upvotes: number;
}

@ObjectType({ description: "Papers over time." })
export class TimeSeries {
  @Field(() => String, {
    nullable: true,
    description: "The value that the papers of this series share; null without `splitBy`.",
  })
  key: string | null;

  @Field(() => [TimePoint], {
    description:
      "A point for each interval from the first to the last with papers; all series have the same intervals.",
  })
  points: TimePoint[];
}

interface PointRow {
  /** From 1. */
  place: number;
  key: string | null;
  /** A day. */
  start: string;
  count: number;
  upvotes: number;
}

/**
 * @returns one series of all papers, or one for each of the commonest values of `splitBy`, the commonest first.
 * @throws BAD_USER_INPUT naming the argument; `interval` when it would make more than MAX_POINTS points.
 */
export async function timeSeries(
  loaders: AnalyticsLoaders,
  store: AnalyticsStore,
  connection: PaperConnection,
  { interval, field, timeZone, splitBy, splitFirst }: TimeSeriesArgs,
): Promise<TimeSeries[]> {
  const limit = wholeNumber(splitFirst ?? DEFAULT_SERIES, "splitFirst", 1, MAX_SERIES);
  const zone = await knownZone(store, timeZone ?? "UTC");
  const cut = cutSql(interval, field, zone);
  const ask = (question: Question) => loaders.ask<PointRow>(connection, question);
  const [all, parted] = await Promise.all([
    ask(wholeSeries(cut)),
    splitBy && ask(splitSeries(cut, splitBy, limit)),
  ]);
  const places = [...new Set(parted?.map(({ place }) => place))].sort((one, other) => one - other);
  const days = intervalsOf(all, interval, places.length || 1);
  if (!parted) return [{ key: null, points: filled(days, all) }];
  return places.map((place) => {
    const rows = parted.filter((row) => row.place === place);
    return { key: rows[0]?.key ?? null, points: filled(days, rows) };
  });
}

/** @throws BAD_USER_INPUT unless the database knows the zone by name. */
async function knownZone(store: AnalyticsStore, name: string): Promise<string> {
  if (name === "UTC") return name;
  const zone = (await store.timeZones()).get(name.toLowerCase());
  if (zone === undefined)
    throw badInput("timeZone", "takes the IANA name of a time zone, such as Europe/Berlin or UTC.");
  return zone;
}

/** How papers are dealt out to intervals. */
interface Cut {
  key: string;
  column: ScanColumn;
  /** The first day of a paper's interval. */
  start: Sql;
  /** That the paper has the date. */
  dated: Sql;
}

/** Local time is cut, not the moment: a day is a day of the zone's calendar whether it has 23, 24 or 25 hours. */
function cutSql(interval: TimeInterval, field: PaperDateField, zone: string): Cut {
  const column = DATE_COLUMNS[field];
  const moment = raw(`m."${column}"`);
  return {
    key: `${interval} ${field} ${zone}`,
    column,
    start: sql`date_trunc(${interval.toLowerCase()}, ${moment} AT TIME ZONE ${zone})::date`,
    dated: sql`${moment} IS NOT NULL`,
  };
}

function wholeSeries({ key, column, start, dated }: Cut): Question {
  return {
    key: `series ${key}`,
    columns: [column, "upvotes"],
    rows: sql`SELECT cut.parent, cut.start, count(*) AS count, sum(cut.upvotes) AS upvotes
      FROM (SELECT m.parent, ${start} AS start, m.upvotes FROM m WHERE ${dated}) cut GROUP BY cut.parent, cut.start`,
  };
}

function splitSeries({ key, column, start, dated }: Cut, splitBy: PaperDimension, limit: number): Question {
  const dimensions = dimensionsSql([splitBy]);
  const { columns, from, where, valuesAs, values } = dimensions;
  // The series are found first: parted by intervals as well, all values would make many times as many groups.
  return {
    key: `series ${key} ${splitBy} ${limit}`,
    columns: [...columns, column, "upvotes"],
    rows: sql`WITH totals AS MATERIALIZED (
        SELECT m.parent${valuesAs}, count(*) AS count FROM ${from} WHERE ${where} AND ${dated} GROUP BY m.parent, ${join(values)}),
      series AS MATERIALIZED (${largestGroups(sql`totals`, dimensions, limit)}),
      points AS MATERIALIZED (
        SELECT cut.parent, cut.v1, cut.start, count(*) AS count, sum(cut.upvotes) AS upvotes
        FROM (SELECT m.parent, m.v1, ${start} AS start, m.upvotes FROM (${membersSql([splitBy], sql`series`)}) m WHERE ${dated}) cut
        GROUP BY cut.parent, cut.v1, cut.start)
      SELECT parent, series.place, series.key, points.start, points.count, points.upvotes
      FROM series FULL JOIN points USING (parent, v1)`,
  };
}

/** @returns the first days of all intervals from the first to the last that has papers. */
function intervalsOf(rows: readonly PointRow[], interval: TimeInterval, series: number): Date[] {
  const starts = rows.map(({ start }) => start).sort();
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return [];
  const days: Date[] = [];
  const end = new Date(last);
  for (let day = new Date(first); day <= end; day = SHIFT[interval](day, 1)) {
    days.push(day);
    if (days.length * series > MAX_POINTS) throw tooManyPoints(interval, first, last, series);
  }
  return days;
}

function tooManyPoints(interval: TimeInterval, first: string, last: string, series: number) {
  return badInput(
    "interval",
    `${interval} from ${first} to ${last} makes more than ${MAX_POINTS} points in ${series} series. Take a longer interval, fewer series, or fewer years by a filter.`,
  );
}

function filled(days: readonly Date[], rows: readonly PointRow[]): TimePoint[] {
  const found = new Map(rows.map((row) => [Date.parse(row.start), row]));
  return days.map((start) => {
    const { count = 0, upvotes = 0 } = found.get(start.getTime()) ?? {};
    return { start, count, upvotes };
  });
}
