import sql, { join, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { badInput } from "../../shared/errors.js";
import { cleanList, cleanText, wholeNumber } from "../../shared/validate-input.js";
import { inDateRange, inIntRange, type IntRange } from "../../shared/ranges.js";
import { userIdsByName } from "../../users/find-users.sql.js";
import { authorNameOf, externalIdOf, organisationSlugOf, tagSlugOf } from "./filter-values.js";
import type { PaperFilter, SetFilter } from "./paper.filter.js";

const MAX_DEPTH = 10;
const MAX_CONDITIONS = 100;

/** What callers name and papers know by number. */
type NameKind = "tag" | "organisation" | "author" | "user";
type Names = Record<NameKind, Map<string, number | null>>;

interface Compilation {
  names: Names;
  viewerKey: number | null;
}

/**
 * Turns a filter into a condition over `p`, a row of paper_records. Names are looked up first, by one statement and only
 * when there are any, so that the planner sees the ids themselves and knows how common they are.
 * @throws BAD_USER_INPUT naming the argument, beginning with `argument`.
 */
export async function compileFilter(
  db: Database,
  filter: PaperFilter,
  argument: string,
  viewerKey: number | null,
): Promise<Sql> {
  const names: Names = { tag: new Map(), organisation: new Map(), author: new Map(), user: new Map() };
  const compilation = { names, viewerKey };
  // The first pass checks everything and collects the names, the second one knows them.
  const first = conditionOf(filter, argument, compilation, { depth: 1, conditions: 0 });
  const asked = Object.values(names).some((known) => known.size > 0);
  if (!asked) return first;
  await lookUp(db, names);
  return conditionOf(filter, argument, compilation, { depth: 1, conditions: 0 });
}

async function lookUp(db: Database, names: Names): Promise<void> {
  const keys = (kind: NameKind) => [...names[kind].keys()];
  const found = await db.query<{ kind: NameKind; name: string; id: number }>(
    "papers.filterNames",
    sql`SELECT 'tag' AS kind, slug AS name, id FROM tags WHERE slug = ANY(${keys("tag")})
        UNION ALL SELECT 'organisation', slug_key, id FROM organisations WHERE slug_key = ANY(${keys("organisation")})
        UNION ALL SELECT 'author', name, id FROM authors WHERE name = ANY(${keys("author")})
        UNION ALL SELECT 'user', u.name, u.id FROM (${userIdsByName(keys("user"))}) u`,
    { prepared: "label" },
  );
  for (const { kind, name, id } of found) names[kind].set(name, id);
}

interface Position {
  depth: number;
  conditions: number;
}

type Condition<Key extends keyof PaperFilter> = (
  value: NonNullable<PaperFilter[Key]>,
  argument: string,
  compilation: Compilation,
  position: Position,
) => Sql;

const CONDITIONS: { [Key in keyof Required<PaperFilter>]: Condition<Key> } = {
  and: (filters, argument, compilation, position) =>
    nested(filters, argument, compilation, position, " AND ", sql`true`),
  or: (filters, argument, compilation, position) =>
    nested(filters, argument, compilation, position, " OR ", sql`false`),
  not: (filter, argument, compilation, position) =>
    sql`(${conditionOf(filter, argument, compilation, deeper(position, argument))}) IS NOT TRUE`,
  ids: (ids, argument) => sql`p.external_id = ANY(${cleanList(ids, argument).map(externalIdOf)})`,
  tags: (set, argument, { names }) => setCondition(sql`p.tag_ids`, set, argument, names.tag, tagSlugOf),
  organisations: (set, argument, { names }) =>
    setCondition(sql`p.organisation_ids`, set, argument, names.organisation, organisationSlugOf),
  authors: (set, argument, { names }) =>
    setCondition(sql`p.author_ids`, set, argument, names.author, authorNameOf),
  publishedAt: (range, argument) => inDateRange(sql`p.published_at`, range, argument),
  submittedAt: (range, argument) => inDateRange(sql`p.submitted_at`, range, argument),
  year: yearCondition,
  upvotes: (range, argument) => inIntRange(sql`p.upvote_count`, range, argument),
  comments: (range, argument) => inIntRange(sql`p.comment_count`, range, argument),
  codeStars: (range, argument) => inIntRange(sql`p.code_stars`, range, argument),
  hasCode: (wanted) => (wanted ? sql`p.code_url IS NOT NULL` : sql`p.code_url IS NULL`),
  hasProject: (wanted) => (wanted ? sql`p.project_url IS NOT NULL` : sql`p.project_url IS NULL`),
  hasOrganisation: (wanted) => (wanted ? sql`p.organisation_ids <> '{}'` : sql`p.organisation_ids = '{}'`),
  submittedBy: (username, argument, { names }) => {
    const key = knownId(names.user, cleanText(username, argument).toLowerCase());
    return key === null ? sql`false` : sql`p.submitted_by = ${key}`;
  },
  venue: (venue, argument) => sql`p.venue = ${cleanText(venue, argument)}`,
  viewerHasUpvoted: (wanted, _argument, { viewerKey }) => {
    if (viewerKey === null) return wanted ? sql`false` : sql`true`;
    const upvoted = sql`EXISTS (SELECT FROM upvotes u WHERE u.user_id = ${viewerKey} AND u.paper_id = p.id)`;
    return wanted ? upvoted : sql`NOT ${upvoted}`;
  },
};

function conditionOf(
  filter: PaperFilter,
  argument: string,
  compilation: Compilation,
  position: Position,
): Sql {
  const conditions: Sql[] = [];
  for (const key of Object.keys(CONDITIONS) as (keyof PaperFilter)[]) {
    const value = filter[key];
    if (value == null) continue;
    if (++position.conditions > MAX_CONDITIONS)
      throw badInput(argument, `takes at most ${MAX_CONDITIONS} conditions in all.`);
    // Which value belongs to which key is sure from the type of CONDITIONS, but not to the compiler inside a loop.
    const condition = CONDITIONS[key] as Condition<keyof PaperFilter>;
    conditions.push(sql`(${condition(value, `${argument}.${key}`, compilation, position)})`);
  }
  return conditions.length ? join(conditions, " AND ") : sql`true`;
}

function nested(
  filters: PaperFilter[],
  argument: string,
  compilation: Compilation,
  position: Position,
  operator: string,
  none: Sql,
): Sql {
  if (!filters.length) return none;
  const inner = deeper(position, argument);
  const conditions = filters.map(
    (filter, index) => sql`(${conditionOf(filter, `${argument}[${index}]`, compilation, inner)})`,
  );
  position.conditions = inner.conditions;
  return join(conditions, operator);
}

function deeper(position: Position, argument: string): Position {
  if (position.depth >= MAX_DEPTH)
    throw badInput(argument, `takes filters nested at most ${MAX_DEPTH} deep.`);
  return { depth: position.depth + 1, conditions: position.conditions };
}

function setCondition(
  column: Sql,
  set: SetFilter,
  argument: string,
  known: Map<string, number | null>,
  nameOf: (text: string) => string,
): Sql {
  const idsOf = (texts: string[], key: string) =>
    cleanList(texts, `${argument}.${key}`).map((text) => knownId(known, nameOf(text)));
  const conditions: Sql[] = [];
  if (set.anyOf)
    conditions.push(sql`${column} && ${idsOf(set.anyOf, "anyOf").filter((id) => id !== null)}::integer[]`);
  if (set.allOf) {
    const ids = idsOf(set.allOf, "allOf");
    conditions.push(ids.includes(null) ? sql`false` : sql`${column} @> ${ids}::integer[]`);
  }
  if (set.noneOf)
    conditions.push(
      sql`NOT ${column} && ${idsOf(set.noneOf, "noneOf").filter((id) => id !== null)}::integer[]`,
    );
  return conditions.length ? join(conditions, " AND ") : sql`true`;
}

/** @returns the name's number, null while it is not known; asking for it makes `lookUp` look for it. */
function knownId(known: Map<string, number | null>, name: string): number | null {
  const id = known.get(name);
  if (id === undefined) known.set(name, null);
  return id ?? null;
}

/** Years as moments, so that the index on published_at serves. */
function yearCondition(range: IntRange, argument: string): Sql {
  const conditions = [sql`true`];
  const yearStart = (year: number) => `${String(year).padStart(4, "0")}-01-01T00:00:00Z`;
  if (range.gte != null)
    conditions.push(
      sql`p.published_at >= ${yearStart(wholeNumber(range.gte, `${argument}.gte`, 1, 9999))}::timestamptz`,
    );
  if (range.lte != null) {
    const next = wholeNumber(range.lte, `${argument}.lte`, 1, 9999) + 1;
    if (next <= 9999) conditions.push(sql`p.published_at < ${yearStart(next)}::timestamptz`);
  }
  return join(conditions, " AND ");
}
