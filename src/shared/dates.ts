import { badInput } from "./errors.js";

const DAY = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const WEEK = /^(\d{4})-W(\d{2})$/;
const MONTH = /^(\d{4})-(\d{2})$/;

/** Days of the calendar, in UTC: `start` is the first, `end` the first one after it. */
export interface DayRange {
  start: Date;
  end: Date;
}

/** Whether the text is a day of the calendar as YYYY-MM-DD, years 0001 to 9999. */
export function isDay(text: string): boolean {
  return dayOf(text) !== undefined;
}

/** @throws BAD_USER_INPUT unless the text is a day that exists, years 0001 to 9999. */
export function parseDay(text: string, argument: string): Date {
  const day = dayOf(text);
  if (!day) throw badInput(argument, "takes a day of the calendar as YYYY-MM-DD.");
  return day;
}

/** @throws BAD_USER_INPUT unless the text is an RFC 3339 moment, or a day (its midnight in UTC), years 0001 to 9999. */
export function parseMoment(text: string, argument: string): Date {
  const date = DATE_TIME.exec(text)?.[1];
  const moment = date && dayOf(date) ? new Date(text) : dayOf(text);
  const year = moment?.getUTCFullYear() ?? Number.NaN;
  if (!moment || !(year >= 1 && year <= 9999)) {
    throw badInput(
      argument,
      "takes a moment as RFC 3339 writes it, such as 2025-05-30T12:00:00Z, or a day as YYYY-MM-DD.",
    );
  }
  return moment;
}

export function dayRange(day: Date): DayRange {
  return { start: day, end: addDays(day, 1) };
}

/** @param text an ISO 8601 week: 2026-W53. @throws BAD_USER_INPUT for a week that its year does not have. */
export function parseWeek(text: string, argument: string): DayRange {
  const [, year, week] = (WEEK.exec(text) ?? []).map(Number);
  // January 4th is always in week 1.
  const fourth = year ? utcDay(year, 1, 4) : undefined;
  const start = fourth && week ? addDays(mondayOf(fourth), (week - 1) * 7) : undefined;
  // A week belongs to the year that its Thursday is in.
  if (!start || addDays(start, 3).getUTCFullYear() !== year) {
    throw badInput(argument, "takes an ISO week as YYYY-Www, W01 to W52 or W53 in the years that have one.");
  }
  return { start, end: addDays(start, 7) };
}

export function parseMonth(text: string, argument: string): DayRange {
  const [, year, month] = (MONTH.exec(text) ?? []).map(Number);
  if (!year || !month || month > 12) throw badInput(argument, "takes a month as YYYY-MM.");
  return monthOf(utcDay(year, month, 1));
}

/** @returns the ISO week, Monday to Sunday, that a moment is in. */
export function weekOf(moment: Date): DayRange {
  const start = mondayOf(moment);
  return { start, end: addDays(start, 7) };
}

/** @returns the ISO week that begins on this Monday, as parseWeek reads it: 2026-W53. */
export function nameOfWeek(monday: Date): string {
  // A week belongs to the year that its Thursday is in.
  const year = addDays(monday, 3).getUTCFullYear();
  const first = mondayOf(utcDay(year, 1, 4));
  const week = Math.round((monday.getTime() - first.getTime()) / (7 * DAY)) + 1;
  return `${String(year).padStart(4, "0")}-W${String(week).padStart(2, "0")}`;
}

export function monthOf(moment: Date): DayRange {
  const start = utcDay(moment.getUTCFullYear(), moment.getUTCMonth() + 1, 1);
  return { start, end: utcDay(moment.getUTCFullYear(), moment.getUTCMonth() + 2, 1) };
}

export function dayAt(moment: Date): DayRange {
  return dayRange(new Date(Math.floor(moment.getTime() / DAY) * DAY));
}

export function addDays(day: Date, days: number): Date {
  return new Date(day.getTime() + days * DAY);
}

/** @returns the same day so many months later (earlier, when negative), or the last day of a month that is too short. */
export function addMonths(day: Date, months: number): Date {
  const [year, month] = [day.getUTCFullYear(), day.getUTCMonth() + 1 + months];
  const last = utcDay(year, month + 1, 0).getUTCDate();
  return utcDay(year, month, Math.min(day.getUTCDate(), last));
}

function mondayOf(moment: Date): Date {
  const { start } = dayAt(moment);
  return addDays(start, -((start.getUTCDay() + 6) % 7));
}

function dayOf(text: string): Date | undefined {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(Number);
  if (!year || !month || !day) return undefined;
  const date = utcDay(year, month, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}

/** Date.UTC takes the years 0 to 99 for 1900 to 1999; setUTCFullYear does not. */
function utcDay(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}
