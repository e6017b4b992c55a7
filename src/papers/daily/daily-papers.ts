import sql, { type Sql } from "sql-template-tag";
import type { Context } from "../../context/request-context.js";
import type { Database } from "../../platform/database/database.js";
import { badInput } from "../../shared/errors.js";
import type { PageRequest } from "../../shared/pagination/connection.js";
import {
  addDays,
  dayAt,
  dayRange,
  monthOf,
  nameOfWeek,
  parseDay,
  parseMonth,
  parseWeek,
  weekOf,
  type DayRange,
} from "../../shared/dates.js";
import { cleanText } from "../../shared/validate-input.js";
import { OrderDirection } from "../../shared/order-direction.js";
import { userIdsByName } from "../../users/find-users.sql.js";
import type { Period } from "./daily-papers.resolver.js";
import type { PaperConnection } from "../list/paper-connection.js";
import { paperConnection, type PaperListArgs } from "../list/paper-list.js";
import { PaperOrderField } from "../list/paper.order.js";

/** Which period, and of whose submissions. */
export interface PeriodArgs {
  date?: string | null;
  week?: string | null;
  month?: string | null;
  submitter?: string | null;
}

const dayText = (day: Date) => day.toISOString().slice(0, 10);

/** The kinds of period: how an argument is read, the period that a moment is in, and the argument for a period. */
const PERIODS = {
  date: { parse: (text: string) => dayRange(parseDay(text, "date")), at: dayAt, keyOf: dayText },
  week: { parse: (text: string) => parseWeek(text, "week"), at: weekOf, keyOf: nameOfWeek },
  month: {
    parse: (text: string) => parseMonth(text, "month"),
    at: monthOf,
    keyOf: (day: Date) => dayText(day).slice(0, 7),
  },
};

/** @returns the papers of the period that the arguments name. @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
export async function papersOfPeriod(
  context: Context,
  args: PeriodArgs & PaperListArgs & PageRequest,
): Promise<PaperConnection> {
  return papersIn(context, args, await readPeriod(context, args));
}

/** A period as it was asked for. */
export interface AskedPeriod {
  kind: keyof typeof PERIODS;
  range: DayRange;
  /** A condition over `p`. */
  submitter: Sql;
  /** The user name as it is compared; empty for anybody's. */
  submitterKey: string;
}

/** @throws BAD_USER_INPUT naming the argument. */
export async function readPeriod(context: Context, args: PeriodArgs): Promise<AskedPeriod> {
  const kinds = (["date", "week", "month"] as const).filter((kind) => args[kind] != null);
  if (kinds.length > 1) throw badInput(kinds.join(", "), "take at most one of date, week and month.");
  const [kind = "date"] = kinds;
  const text = args[kind];
  const username = args.submitter == null ? null : cleanText(args.submitter, "submitter");
  const submitter = username === null ? sql`true` : bySubmitter(username);
  const range = text == null ? await latestDay(context, submitter) : PERIODS[kind].parse(text);
  return { kind, range, submitter, submitterKey: username?.toLowerCase() ?? "" };
}

/** @returns the period with its neighbours that have papers. */
export async function periodOf({ db }: Context, { kind, range, submitter }: AskedPeriod): Promise<Period> {
  const { at, keyOf } = PERIODS[kind];
  const { previous, next } = await neighboursOf(db, range, submitter);
  const earlier = previous && at(previous).start;
  const later = next && at(next).start;
  return {
    key: keyOf(range.start),
    previousKey: earlier && keyOf(earlier),
    nextKey: later && keyOf(later),
    start: range.start,
    end: addDays(range.end, -1),
    previous: earlier,
    next: later,
  };
}

/** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
export function papersIn(
  context: Context,
  args: PaperListArgs & PageRequest,
  { range, submitter, submitterKey }: AskedPeriod,
): Promise<PaperConnection> {
  const inside = sql`p.submitted_at >= ${range.start} AND p.submitted_at < ${range.end}`;
  const isSearched = Boolean(args.search?.trim());
  return paperConnection(context, args, {
    kind: `daily ${range.start.toISOString()} ${range.end.toISOString()} ${submitterKey}`,
    where: sql`${inside} AND ${submitter}`,
    ...(!isSearched && {
      defaultOrder: [{ field: PaperOrderField.UPVOTES, direction: OrderDirection.DESC }],
    }),
  });
}

function bySubmitter(username: string): Sql {
  return sql`p.submitted_by = (SELECT u.id FROM (${userIdsByName([username])}) u)`;
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
  db: Database,
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
