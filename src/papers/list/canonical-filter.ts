import { parseMoment } from "../../shared/dates.js";
import type { DateRange, IntRange } from "../../shared/ranges.js";
import type { PaperFilter, SetFilter } from "./paper.filter.js";
import { authorNameOf, externalIdOf, organisationSlugOf, tagSlugOf } from "./filter-values.js";

/** A filter as an expression of classical logic: a condition on a paper holds, or it does not. */
type Expression = boolean | Condition | Group;

interface Condition {
  text: string;
  negated: boolean;
}

interface Group {
  operator: "and" | "or";
  parts: readonly (Condition | Group)[];
  text: string;
}

/**
 * @param filter one that compileFilter takes.
 * @returns the same text for filters that are the same whatever the data: spelt with nulls, empty objects or repeated
 * values, in another order, nested or not, by ids or by slugs. Cursors are bound to it.
 */
export function canonicalFilter(filter: PaperFilter | null | undefined): string {
  return textOf(filter ? expressionOf(filter) : true);
}

type Canonical<Key extends keyof PaperFilter> = (value: NonNullable<PaperFilter[Key]>) => Expression;

/** Beside CONDITIONS in paper-filter-sql.ts, which says what each means in SQL. */
const EXPRESSIONS: { [Key in keyof Required<PaperFilter>]: Canonical<Key> } = {
  and: (filters) => group("and", filters.map(expressionOf)),
  or: (filters) => group("or", filters.map(expressionOf)),
  not: (filter) => negation(expressionOf(filter)),
  ids: (ids) => anyOf("ids", ids, externalIdOf),
  tags: (set) => setExpression("tags", set, tagSlugOf),
  organisations: (set) => setExpression("organisations", set, organisationSlugOf),
  authors: (set) => setExpression("authors", set, authorNameOf),
  publishedAt: (range) => dateRange("publishedAt", range),
  submittedAt: (range) => group("and", [condition("submittedAt"), dateRange("submittedAt", range)]),
  year: ({ gte, lte }) =>
    dateRange("publishedAt", {
      gte: gte == null ? null : yearStart(gte),
      lt: lte == null || lte >= 9999 ? null : yearStart(lte + 1),
    }),
  upvotes: (range) => intRange("upvotes", range),
  comments: (range) => intRange("comments", range),
  codeStars: (range) => group("and", [condition("codeStars"), intRange("codeStars", range)]),
  hasCode: (wanted) => truth("hasCode", wanted),
  hasProject: (wanted) => truth("hasProject", wanted),
  hasOrganisation: (wanted) => truth("hasOrganisation", wanted),
  submittedBy: (username) => condition("submittedBy", username.normalize("NFC").toLowerCase()),
  venue: (venue) => condition("venue", venue.normalize("NFC")),
  viewerHasUpvoted: (wanted) => truth("viewerHasUpvoted", wanted),
};

function expressionOf(filter: PaperFilter): Expression {
  const parts = (Object.keys(EXPRESSIONS) as (keyof PaperFilter)[]).flatMap((key) => {
    const value = filter[key];
    // Which value belongs to which key is sure from the type of EXPRESSIONS, but not to the compiler inside a loop.
    return value == null ? [] : [(EXPRESSIONS[key] as Canonical<keyof PaperFilter>)(value)];
  });
  return group("and", parts);
}

function condition(...key: (string | number)[]): Condition {
  return { text: JSON.stringify(key), negated: false };
}

function truth(key: string, wanted: boolean): Condition {
  return { ...condition(key), negated: !wanted };
}

function anyOf(key: string, values: readonly string[], nameOf: (text: string) => string): Expression {
  return group(
    "or",
    values.map((value) => condition(key, nameOf(value.normalize("NFC")))),
  );
}

function setExpression(
  key: string,
  { anyOf: some, allOf: all, noneOf: none }: SetFilter,
  nameOf: (text: string) => string,
): Expression {
  return group("and", [
    some ? anyOf(key, some, nameOf) : true,
    ...(all ?? []).map((value) => anyOf(key, [value], nameOf)),
    none ? negation(anyOf(key, none, nameOf)) : true,
  ]);
}

function dateRange(key: string, { gte, lt }: DateRange): Expression {
  return group("and", [
    gte == null ? true : condition(key, "gte", parseMoment(gte, key).getTime()),
    lt == null ? true : condition(key, "lt", parseMoment(lt, key).getTime()),
  ]);
}

function intRange(key: string, { gte, lte }: IntRange): Expression {
  return group("and", [
    gte == null ? true : condition(key, "gte", gte),
    lte == null ? true : condition(key, "lte", lte),
  ]);
}

function yearStart(year: number): string {
  return `${String(year).padStart(4, "0")}-01-01T00:00:00Z`;
}

function negation(expression: Expression): Expression {
  if (typeof expression === "boolean") return !expression;
  if ("negated" in expression) return { ...expression, negated: !expression.negated };
  return group(expression.operator === "and" ? "or" : "and", expression.parts.map(negation));
}

/** Groups within a group of the same operator are part of it; parts stand once, in the order of their texts. */
function group(operator: Group["operator"], expressions: readonly Expression[]): Expression {
  const decisive = operator === "or";
  if (expressions.includes(decisive)) return decisive;
  const parts = new Map<string, Condition | Group>();
  for (const expression of expressions) {
    if (typeof expression === "boolean") continue;
    const inner =
      "operator" in expression && expression.operator === operator ? expression.parts : [expression];
    for (const part of inner) parts.set(textOf(part), part);
  }
  const [first, ...others] = [...parts.keys()].sort();
  if (first === undefined) return !decisive;
  const only = others.length ? undefined : parts.get(first);
  if (only) return only;
  return { operator, parts: [...parts.values()], text: `${operator}(${[first, ...others].join()})` };
}

function textOf(expression: Expression): string {
  if (typeof expression === "boolean") return String(expression);
  return "negated" in expression && expression.negated ? `not ${expression.text}` : expression.text;
}
