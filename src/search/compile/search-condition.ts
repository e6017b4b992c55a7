import sql, { join, raw, type Sql } from "sql-template-tag";
import type { NamedIds } from "./resolve-names.js";
import type { QueryNode, TermNode, YearNode } from "../language/query-ast.js";
import type { TermPatterns } from "../language/query-terms.js";
import { allOf, anyOf, noneOf, termQuery } from "./tsquery.js";

/**
 * Part of a condition: one tsquery over all texts or over titles, or one list of ids, as long as that says it, so that
 * one index scan answers as much as possible.
 */
export type SearchCondition =
  { kind: "text" | "title"; tsquery: string } | NamedCondition | { kind: "sql"; sql: (alias: string) => Sql };

/** What the terms of a query were found to mean. */
export interface Meanings {
  /** Of each word and phrase what must be found, each by itself; empty when the term was left out. */
  units: ReadonlyMap<TermNode, readonly TermPatterns[]>;
  /** Organisations and tags. */
  named: ReadonlyMap<TermNode, NamedIds>;
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

/** @returns the condition over `alias`, a row with the columns id, tsv, tag_ids, organisation_ids and published_at. */
export function conditionSql(condition: SearchCondition, alias: string): Sql {
  switch (condition.kind) {
    case "text":
      return sql`${raw(alias)}.tsv @@ ${condition.tsquery}::tsquery`;
    case "title":
      // Titles have an index of their own; the other one tells in which papers a word is, not where.
      return sql`ts_filter(${raw(alias)}.tsv, '{a}') @@ ${condition.tsquery}::tsquery`;
    case "named":
      return hasAnyOf(condition, alias);
    case "sql":
      return condition.sql(alias);
  }
}

function termCondition(node: TermNode, { units, named }: Meanings): SearchCondition | null {
  const found = named.get(node);
  if (found) {
    const { ids, papers } = found;
    return { kind: "named", field: node.field === "org" ? "org" : "tag", ids, papers };
  }
  const terms = units.get(node);
  if (!terms?.length) return null;
  const tsquery = allOf([...new Set(terms.map(termQuery))]);
  return { kind: node.field === "title" ? "title" : "text", tsquery };
}

function negated(condition: SearchCondition | null): SearchCondition | null {
  if (!condition) return null;
  if (condition.kind === "text") return { kind: "text", tsquery: noneOf(condition.tsquery) };
  return { kind: "sql", sql: (alias) => sql`NOT (${conditionSql(condition, alias)})` };
}

function combined(kind: "and" | "or", conditions: readonly SearchCondition[]): SearchCondition | null {
  const parts: SearchCondition[] = [
    ...joinedTexts("text", kind, conditions),
    ...joinedTexts("title", kind, conditions),
    ...(kind === "or" ? joinedNames(conditions) : conditions.filter(isNamedIds)),
    ...conditions.filter((condition) => condition.kind === "sql"),
  ];
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

/** A word that stands there twice is looked for once. */
function joinedTexts(
  kind: "text" | "title",
  operator: "and" | "or",
  conditions: readonly SearchCondition[],
): SearchCondition[] {
  const found = conditions.flatMap((condition) => (condition.kind === kind ? condition.tsquery : []));
  const different = [...new Set(found)];
  if (!different.length) return [];
  return [{ kind, tsquery: operator === "and" ? allOf(different) : anyOf(different) }];
}

function joinedNames(conditions: readonly SearchCondition[]): SearchCondition[] {
  const joined = new Map<NamedCondition["field"], NamedCondition>();
  for (const condition of conditions.filter(isNamedIds)) {
    const known = joined.get(condition.field);
    const ids = [...new Set([...(known?.ids ?? []), ...condition.ids])];
    joined.set(condition.field, { ...condition, ids, papers: (known?.papers ?? 0) + condition.papers });
  }
  return [...joined.values()];
}

interface NamedCondition extends Omit<NamedIds, "isCut"> {
  kind: "named";
  field: "org" | "tag";
}

function isNamedIds(condition: SearchCondition): condition is NamedCondition {
  return condition.kind === "named";
}

/** Postgres compares each id of a row, and of a list in the index, with each id that is looked for. */
const FEW_IDS = 16;
/** Papers that are read, id by id, to look for a row's number among theirs. */
const FEW_PAPERS = 20_000;

/**
 * Three forms of the same: no form is fast for few ids, for many with few papers and for many with many papers. The
 * LIMIT cuts nothing: with it the planner reads the papers once and hashes them, else it would read them for each row.
 */
function hasAnyOf({ field, ids, papers }: NamedCondition, alias: string): Sql {
  const name = raw(field === "org" ? "organisation_ids" : "tag_ids");
  const row = raw(alias);
  if (ids.length <= FEW_IDS) return sql`${row}.${name} && ${ids}::integer[]`;
  if (papers <= FEW_PAPERS)
    return sql`${row}.id IN (SELECT named.paper_id FROM unnest(${ids}::integer[]) AS wanted (id)
                             JOIN paper_search named ON named.${name} @> ARRAY[wanted.id] LIMIT ${raw(String(2 * FEW_PAPERS))})`;
  return sql`EXISTS (SELECT FROM unnest(${row}.${name}) AS has (id) WHERE has.id = ANY (${ids}::integer[]))`;
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
