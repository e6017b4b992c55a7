import type { Context } from "../context/request-context.js";
import { badInput } from "../shared/errors.js";
import { readPeriod } from "../papers/daily/daily-papers.js";
import type { PaperListArgs } from "../papers/list/paper-list.js";
import type { PaperFilter } from "../papers/list/paper.filter.js";
import { PaperOrderField } from "../papers/list/paper.order.js";
import { dayRange, monthOf, parseMoment, weekOf, type DayRange } from "../shared/dates.js";
import { cleanList, cleanText, wholeNumber } from "../shared/validate-input.js";
import { OrderDirection } from "../shared/order-direction.js";
import { cutAtWord } from "../shared/text.js";

export const FEED_NAMES = ["papers", "daily", "weekly", "monthly", "trending"] as const;
export type FeedName = (typeof FEED_NAMES)[number];

/** What a request's address may say, each as it stands there: a text, several, or not at all. */
export type FeedParameters = Partial<Record<string, unknown>>;

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
const TITLE_LENGTH = 200;

const ORDER_FIELDS = Object.values(PaperOrderField);
/** Orders by their names in addresses. */
export const FEED_ORDERS = ORDER_FIELDS.map((field) => field.toLowerCase());

interface FeedKind {
  title: string;
  order: PaperOrderField;
  /** For a feed of the last period that has papers: the period that a day is in. */
  periodOf?: (day: Date) => DayRange;
}

/** A feed is read from its top, so `papers` has the newest there with a search too: by relevance nothing new would show. */
const KINDS: Record<FeedName, FeedKind> = {
  papers: { title: "Papers", order: PaperOrderField.PUBLISHED_AT },
  daily: { title: "Daily papers", order: PaperOrderField.UPVOTES, periodOf: dayRange },
  weekly: { title: "Weekly papers", order: PaperOrderField.UPVOTES, periodOf: weekOf },
  monthly: { title: "Monthly papers", order: PaperOrderField.UPVOTES, periodOf: monthOf },
  trending: { title: "Trending papers", order: PaperOrderField.TRENDING },
};

/**
 * Makes of an address the arguments that `Query.papers` takes, so that a feed is the same list.
 * @throws BAD_USER_INPUT naming the parameter.
 */
export async function feedArguments(
  context: Context,
  name: FeedName,
  parameters: FeedParameters,
): Promise<PaperListArgs> {
  const kind = KINDS[name];
  const one = (parameter: string) => oneOf(parameters, parameter);
  const search = one("search");
  const field = orderField(one("order")) ?? kind.order;
  if (field === PaperOrderField.RELEVANCE && !search?.trim())
    throw badInput("order", "takes relevance only together with `search`.");
  const since = one("since");
  const filter: PaperFilter = {
    tags: anyOf(parameters, "tag"),
    organisations: anyOf(parameters, "organisation"),
    authors: anyOf(parameters, "author"),
    upvotes: atLeast(one("minUpvotes")),
    publishedAt: since === undefined ? null : { gte: parseMoment(since, "since").toISOString() },
    submittedAt: kind.periodOf ? await lastPeriod(context, kind.periodOf) : null,
  };
  return {
    search,
    filter,
    orderBy: [
      { field, direction: field === PaperOrderField.TITLE ? OrderDirection.ASC : OrderDirection.DESC },
    ],
    first: number(one("limit"), "limit", 1, MAX_LIMIT) ?? DEFAULT_LIMIT,
  };
}

/** @returns a feed's title, which tells what of the parameters narrows it. */
export function feedTitle(name: FeedName, parameters: FeedParameters): string {
  const values = (parameter: string) => [parameters[parameter] ?? []].flat().map(String);
  const parts = [
    ...values("search").map((text) => `“${text}”`),
    ...values("tag").map((tag) => `#${tag}`),
    ...values("organisation"),
    ...values("author"),
    ...values("minUpvotes").map((count) => `${count} upvotes or more`),
    ...values("since").map((day) => `since ${day}`),
  ];
  return cutAtWord([KINDS[name].title, parts.join(", ")].filter(Boolean).join(": "), TITLE_LENGTH);
}

async function lastPeriod(context: Context, periodOf: (day: Date) => DayRange) {
  const { range } = await readPeriod(context, {});
  const { start, end } = periodOf(range.start);
  return { gte: start.toISOString(), lt: end.toISOString() };
}

function oneOf(parameters: FeedParameters, parameter: string): string | undefined {
  const value = parameters[parameter];
  // Forms send what was left empty.
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string") throw badInput(parameter, "takes one value.");
  // A search has a gate of its own, which cuts instead of refusing.
  return parameter === "search" ? value : cleanText(value, parameter);
}

function orderField(name: string | undefined): PaperOrderField | undefined {
  const field = ORDER_FIELDS.find((known) => known.toLowerCase() === name?.toLowerCase());
  if (name && !field) throw badInput("order", `takes one of ${FEED_ORDERS.join(", ")}.`);
  return field;
}

function anyOf(parameters: FeedParameters, parameter: string): { anyOf: string[] } | null {
  const values = [parameters[parameter] ?? []].flat().map(String).filter(Boolean);
  return values.length ? { anyOf: cleanList(values, parameter) } : null;
}

function atLeast(text: string | undefined): { gte: number } | null {
  const count = number(text, "minUpvotes", 0);
  return count === undefined ? null : { gte: count };
}

function number(text: string | undefined, parameter: string, min: number, max?: number): number | undefined {
  if (!text) return undefined;
  return wholeNumber(/^-?\d+$/.test(text) ? Number(text) : Number.NaN, parameter, min, max);
}
