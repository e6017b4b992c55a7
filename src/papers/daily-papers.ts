import sql, { type Sql } from "sql-template-tag";
import type { Context } from "../context.js";
import { badInput } from "../errors.js";
import type { PageRequest } from "../shared/connection.js";
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
import type { PaperConnection } from "./paper-connection.js";
import { paperConnection } from "./paper-list.js";
import { PaperOrderField, type PaperOrder } from "./paper.order.js";

export interface PeriodArgs extends PageRequest {
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
export async function dailyPapers(context: Context, args: PeriodArgs): Promise<DailyPapers> {
  const asked = await readPeriod(context, args);
  const { kind, range, submitter } = asked;
  const [{ previous, next }, papers] = await Promise.all([
    neighboursOf(context, range, submitter),
    papersIn(context, args, asked),
  ]);
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

/** The papers alone, for those who ask neither what was before nor what comes next. */
export async function papersOfPeriod(context: Context, args: PeriodArgs): Promise<PaperConnection> {
  return papersIn(context, args, await readPeriod(context, args));
}

interface AskedPeriod {
  kind: keyof typeof PERIODS;
  range: DayRange;
  submitter: Sql;
}

async function readPeriod(context: Context, args: PeriodArgs): Promise<AskedPeriod> {
  const kinds = (["date", "week", "month"] as const).filter((kind) => args[kind] != null);
  if (kinds.length > 1) throw badInput(kinds.join(", "), "take at most one of date, week and month.");
  const [kind = "date"] = kinds;
  const text = args[kind];
  const submitter = args.submitter == null ? sql`true` : bySubmitter(cleanText(args.submitter, "submitter"));
  const range = text == null ? await latestDay(context, submitter) : PERIODS[kind].parse(text);
  return { kind, range, submitter };
}

function papersIn(
  context: Context,
  args: PeriodArgs,
  { range, submitter }: AskedPeriod,
): Promise<PaperConnection> {
  const inside = sql`p.submitted_at >= ${range.start} AND p.submitted_at < ${range.end}`;
  return paperConnection(context, args, {
    kind: `daily ${range.start.toISOString()} ${range.end.toISOString()} ${args.submitter ?? ""}`,
    where: sql`${inside} AND ${submitter}`,
    defaultOrder: [{ field: PaperOrderField.UPVOTES, direction: OrderDirection.DESC }],
  });
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
