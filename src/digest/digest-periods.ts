import { OperatorError } from "../shared/errors.js";
import { addDays, dayAt, dayRange, nameOfWeek, weekOf, type DayRange } from "../shared/dates.js";
import type { PeriodKey } from "./delivery.store.js";
import { DigestFrequency } from "./digest-frequency.js";

/**
 * @param date the day that a run is for; without one, the last day that is over.
 * @returns the day, and the week for those who get the digest weekly: the one that the day is in, once it is over, else
 * the one before it. So a run each morning sends a week's digest on Monday, and what was put off on the next days.
 * @throws OperatorError for a day to come.
 */
export function periodsOf(date: Date | null, now = new Date()): PeriodKey[] {
  const today = dayAt(now).start;
  const day = date ?? addDays(today, -1);
  if (day > today) throw new OperatorError(`--date takes a day that has come: ${text(today)} at the latest.`);
  const week = weekOf(day);
  const over = week.end <= today ? week : weekOf(addDays(week.start, -1));
  return [
    { frequency: DigestFrequency.DAILY, start: text(day) },
    { frequency: DigestFrequency.WEEKLY, start: text(over.start) },
  ];
}

/** What `dailyPapers` takes for the period. */
export function asArguments({ frequency, start }: PeriodKey): { date: string } | { week: string } {
  return frequency === DigestFrequency.DAILY
    ? { date: start }
    : { week: nameOfWeek(rangeOf({ frequency, start }).start) };
}

export function rangeOf({ frequency, start }: PeriodKey): DayRange {
  const day = new Date(`${start}T00:00:00Z`);
  return frequency === DigestFrequency.DAILY ? dayRange(day) : weekOf(day);
}

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });

/** @returns the period for people: "12 August 2026", "10–16 August 2026". */
export function nameOfPeriod(period: PeriodKey): string {
  const { start, end } = rangeOf(period);
  return period.frequency === DigestFrequency.DAILY
    ? DATE.format(start)
    : DATE.formatRange(start, addDays(end, -1));
}

function text(day: Date): string {
  return day.toISOString().slice(0, 10);
}
