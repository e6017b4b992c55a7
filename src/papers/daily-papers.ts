import sql, { type Sql } from "sql-template-tag";
import type { Context } from "../context.js";
import { badInput } from "../errors.js";
import type { PageArgs } from "../shared/connection.js";
import {
  addDays,
  dayAt,
  dayRange,
  monthOf,
  parseDay,
  parseMonth,
  parseWeek,
  weekOf,
  type DayRange,
} from "../shared/dates.js";
import { cleanText } from "../shared/input.js";
import { OrderDirection } from "../shared/order-direction.js";
import type { DailyPapers } from "./daily-papers.resolver.js";
import { paperConnection } from "./paper-list.js";
import { PaperOrderField, type PaperOrder } from "./paper.order.js";

interface Args extends PageArgs {
  date?: string | null;
  week?: string | null;
  month?: string | null;
  submitter?: string | null;
  orderBy?: PaperOrder[] | null;
}

/** The kinds of period: how an argument is read, and the period that a moment is in. */
const PERIODS = {
  date: { parse: (text: string) => dayRange(parseDay(text, "date")), at: dayAt },
  week: { parse: (text: string) => parseWeek(text, "week"), at: weekOf },
  month: { parse: (text: string) => parseMonth(text, "month"), at: monthOf },
};

/** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
export async function dailyPapers(context: Context, args: Args): Promise<DailyPapers> {
  const kinds = (["date", "week", "month"] as const).filter((kind) => args[kind] != null);
  if (kinds.length > 1) throw badInput(kinds.join(", "), "take at most one of date, week and month.");
  const [kind = "date"] = kinds;
  const text = args[kind];
  const submitter = args.submitter == null ? sql`true` : bySubmitter(cleanText(args.submitter, "submitter"));
  const range = text == null ? await latestDay(context, submitter) : PERIODS[kind].parse(text);
  const inside = sql`p.submitted_at >= ${range.start} AND p.submitted_at < ${range.end}`;
  const [neighbours, papers] = await Promise.all([
    neighboursOf(context, range, submitter),
    paperConnection(context, args, {
      kind: `daily ${range.start.toISOString()} ${range.end.toISOString()} ${args.submitter ?? ""}`,
      where: sql`${inside} AND ${submitter}`,
      defaultOrder: [{ field: PaperOrderField.UPVOTES, direction: OrderDirection.DESC }],
    }),
  ]);
  const { previous, next } = neighbours;
  return {
    period: {
      start: range.start,
      end: addDays(range.end, -1),
      previous: previous && PERIODS[kind].at(previous).start,
      next: next && PERIODS[kind].at(next).start,
    },
    papers,
  };
}

function bySubmitter(username: string): Sql {
  return sql`p.submitted_by = (SELECT id FROM users WHERE username_key = lower(${username}))`;
}

/** Today, when there are no papers at all. */
async function latestDay(context: Context, submitter: Sql): Promise<DayRange> {
  const row = await context.db.first<{ latest: Date | null }>(
    "dailyPapers.latest",
    sql`SELECT max(p.submitted_at) AS latest FROM papers p WHERE ${submitter}`,
  );
  return dayAt(row?.latest ?? new Date());
}

/** @returns the nearest submissions before and after the range. */
async function neighboursOf(
  { db }: Context,
  range: DayRange,
  submitter: Sql,
): Promise<{ previous: Date | null; next: Date | null }> {
  const row = await db.first<{ previous: Date | null; next: Date | null }>(
    "dailyPapers.neighbours",
    sql`SELECT (SELECT max(p.submitted_at) FROM papers p WHERE p.submitted_at < ${range.start} AND ${submitter}) AS previous,
               (SELECT min(p.submitted_at) FROM papers p WHERE p.submitted_at >= ${range.end} AND ${submitter}) AS next`,
  );
  return row ?? { previous: null, next: null };
}
