import sql, { join, raw, type Sql } from "sql-template-tag";
import type { QueryNode, TermNode, YearNode } from "./query-ast.js";
import type { TermPatterns } from "./query-terms.js";
import { allOf, anyOf, noneOf, termQuery } from "./tsquery.js";

/** Part of a condition: one tsquery as long as that says it, so that one index scan answers as much as possible. */
export type SearchCondition =
  { kind: "text"; tsquery: string } | { kind: "sql"; sql: (alias: string) => Sql };

/** What the terms of a query were found to mean. */
export interface Meanings {
  /** Of each word and phrase what must be found, each by itself; empty when the term was left out. */
  units: ReadonlyMap<TermNode, readonly TermPatterns[]>;
  /** Ids of organisations and tags. */
  named: ReadonlyMap<TermNode, readonly number[]>;
}

/** @returns the condition, or null when everything in it was left out. */
export function conditionOf(node: QueryNode, meanings: Meanings): SearchCondition | null {
  switch (node.kind) {
    case "word":
    case "phrase":
      return termCondition(node, meanings);
    case "year":
      return { kind: "sql", sql: (alias) => yearsSql(node, alias) };
    case "required":
      return conditionOf(node.child, meanings);
    case "not":
      return negated(conditionOf(node.child, meanings));
    case "and":
    case "or":
      return combined(
        node.kind,
        node.children.flatMap((child) => conditionOf(child, meanings) ?? []),
      );
  }
}

/** @returns the condition over `alias`, a row with the columns tsv, tag_ids, organisation_ids and published_at. */
export function conditionSql(condition: SearchCondition, alias: string): Sql {
  return condition.kind === "sql"
    ? condition.sql(alias)
    : sql`${raw(alias)}.tsv @@ ${condition.tsquery}::tsquery`;
}

function termCondition(node: TermNode, { units, named }: Meanings): SearchCondition | null {
  const ids = named.get(node);
  if (ids) {
    const column = node.field === "org" ? "organisation_ids" : "tag_ids";
    return { kind: "sql", sql: (alias) => sql`${raw(`${alias}.${column}`)} && ${ids}::integer[]` };
  }
  const found = units.get(node);
  if (!found?.length) return null;
  const tsquery = allOf(found.map(termQuery));
  // Titles have an index of their own; the other one tells in which papers a word is, not where.
  return node.field === "title"
    ? { kind: "sql", sql: (alias) => sql`ts_filter(${raw(alias)}.tsv, '{a}') @@ ${tsquery}::tsquery` }
    : { kind: "text", tsquery };
}

function negated(condition: SearchCondition | null): SearchCondition | null {
  if (condition?.kind !== "sql") return condition && { kind: "text", tsquery: noneOf(condition.tsquery) };
  return { kind: "sql", sql: (alias) => sql`NOT (${condition.sql(alias)})` };
}

function combined(kind: "and" | "or", conditions: readonly SearchCondition[]): SearchCondition | null {
  const texts = conditions.flatMap((condition) => (condition.kind === "text" ? condition.tsquery : []));
  const others = conditions.filter(({ kind }) => kind === "sql");
  const parts: SearchCondition[] = [...others];
  if (texts.length) parts.unshift({ kind: "text", tsquery: kind === "and" ? allOf(texts) : anyOf(texts) });
  if (parts.length < 2) return parts[0] ?? null;
  const operator = kind === "and" ? " AND " : " OR ";
  return {
    kind: "sql",
    sql: (alias) =>
      sql`(${join(
        parts.map((part) => conditionSql(part, alias)),
        operator,
      )})`,
  };
}

/** The years of UTC, from the first day to before the day behind the last. */
function yearsSql({ from, to }: YearNode, alias: string): Sql {
  const column = raw(`${alias}.published_at`);
  const bounds: Sql[] = [];
  if (from !== null) bounds.push(sql`${column} >= ${newYear(from)}::timestamptz`);
  if (to !== null) bounds.push(sql`${column} < ${newYear(to + 1)}::timestamptz`);
  return sql`(${join(bounds, " AND ")})`;
}

function newYear(year: number): string {
  return `${year}-01-01T00:00:00Z`;
}
