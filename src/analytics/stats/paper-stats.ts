import sql, { join, raw, type Sql } from "sql-template-tag";
import { Field, Float, Int, ObjectType } from "type-graphql";
import type { PaperConnection } from "../../papers/list/paper-connection.js";
import { DateTime } from "../../shared/scalars.js";
import type { AnalyticsLoaders } from "../analytics.loaders.js";
import { glued, type ScanColumn } from "../aggregation.js";

@ObjectType({ description: "Statistics of a number over papers; papers without a value are left out." })
export class NumberStats {
  @Field(() => Float, { description: "The sum; 0 without values." })
  sum: number;

  @Field(() => Float, { nullable: true, description: "The arithmetic mean; null without values." })
  avg: number | null;

  @Field(() => Float, { nullable: true, description: "The smallest value; null without values." })
  min: number | null;

  @Field(() => Float, { nullable: true, description: "The greatest value; null without values." })
  max: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The exact median; for an even number of papers the mean of the two middle values.",
  })
  median: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The exact 90th percentile, interpolated linearly between two papers, as PostgreSQL's percentile_cont and numpy do.",
  })
  p90: number | null;
}

@ObjectType({ description: "Exact statistics over papers." })
export class PaperStats {
  @Field(() => Int, { description: "How many papers." })
  count: number;

  @Field(() => NumberStats, { description: "Their upvotes." })
  upvotes: NumberStats;

  @Field(() => NumberStats, { description: "Their comments." })
  comments: NumberStats;

  @Field(() => NumberStats, { description: "Their numbers of authors." })
  authors: NumberStats;

  @Field(() => NumberStats, { description: "The stars of their code repositories, where known." })
  codeStars: NumberStats;

  @Field(() => Int, { description: "How many different tags they have." })
  distinctTags: number;

  @Field(() => Int, { description: "How many different organisations they come from." })
  distinctOrganisations: number;

  @Field(() => Int, { description: "How many different names of authors they have." })
  distinctAuthors: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "When the first was published; null without papers.",
  })
  firstPublishedAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the last was published; null without papers." })
  lastPublishedAt: Date | null;
}

/** A field of PaperStats: only what is asked for is computed. */
export type StatsPart = keyof PaperStats;

const NUMBERS = {
  upvotes: "upvotes",
  comments: "comments",
  authors: "authors",
  codeStars: "codeStars",
} as const satisfies Partial<Record<StatsPart, ScanColumn>>;

const DISTINCT = {
  distinctTags: "tagIds",
  distinctOrganisations: "organisationIds",
  distinctAuthors: "authorIds",
} as const satisfies Partial<Record<StatsPart, ScanColumn>>;

const MOMENTS = {
  firstPublishedAt: "publishedAt",
  lastPublishedAt: "publishedAt",
} as const satisfies Partial<Record<StatsPart, ScanColumn>>;

const COLUMN_OF: Partial<Record<StatsPart, ScanColumn>> = { ...NUMBERS, ...DISTINCT, ...MOMENTS };

/** All of them, for doors that do not choose. */
export const STATS_PARTS: readonly StatsPart[] = ["count", ...(Object.keys(COLUMN_OF) as StatsPart[])];

/** @returns those of the names that are parts, in a fixed order. */
export function statsParts(names: ReadonlySet<string>): StatsPart[] {
  return STATS_PARTS.filter((part) => names.has(part));
}

/** @returns what the parts read of a paper. */
export function statsColumns(parts: readonly StatsPart[]): ScanColumn[] {
  return parts.flatMap((part) => COLUMN_OF[part] ?? []);
}

/**
 * @param relation papers, with the columns of `statsColumns` and those of `by`.
 * @param by the columns that papers are grouped by.
 * @returns a SELECT of `by`, `count` and the parts; a row for each group that has papers.
 */
export function statsSql(relation: Sql, by: readonly string[], parts: readonly StatsPart[]): Sql {
  const group = (alias: string) => raw(by.map((name) => `${alias}.${name}`).join(", "));
  const figures = parts.flatMap((part) => figureSql(part) ?? []);
  const distinct = parts.flatMap((part): [name: Sql, select: Sql][] => {
    const column = (DISTINCT as Partial<Record<StatsPart, ScanColumn>>)[part];
    if (!column) return [];
    const name = raw(`"${part}"`);
    // DISTINCT inside and count(*) outside is hashed; count(DISTINCT …) is sorted.
    return [
      [
        name,
        sql`SELECT ${group("different")}, count(*) AS ${name}
          FROM (SELECT DISTINCT ${group("r")}, each.value FROM ${relation} r CROSS JOIN LATERAL unnest(${raw(`r."${column}"`)}) AS each(value)) different
          GROUP BY ${group("different")}`,
      ],
    ];
  });
  // MATERIALIZED: joined as they are, one could be aggregated anew for each row of another. FULL: `figures` has all
  // groups, so it is no other join, but one that cannot be done in loops.
  const aggregated = glued(distinct.map(([name, select]) => sql`, ${name} AS MATERIALIZED (${select})`));
  const joined = glued(distinct.map(([name]) => sql` FULL JOIN ${name} USING (${raw(by.join(", "))})`));
  return sql`WITH figures AS MATERIALIZED (
      SELECT ${group("r")}, ${join([sql`count(*) AS count`, ...figures])} FROM ${relation} r GROUP BY ${group("r")}
    )${aggregated} SELECT * FROM figures${joined}`;
}

function figureSql(part: StatsPart): Sql | null {
  const name = raw(`"${part}"`);
  if (part === "firstPublishedAt") return sql`min(r."publishedAt") AS ${name}`;
  if (part === "lastPublishedAt") return sql`max(r."publishedAt") AS ${name}`;
  if (!(part in NUMBERS)) return null;
  const value = raw(`r."${part}"`);
  return sql`json_build_object('sum', coalesce(sum(${value}), 0),
      'avg', sum(${value})::double precision / nullif(count(${value}), 0), 'min', min(${value}), 'max', max(${value}),
      'percentiles', percentile_cont('{0.5,0.9}'::double precision[]) WITHIN GROUP (ORDER BY ${value})) AS ${name}`;
}

interface NumberRow {
  sum: number;
  avg: number | null;
  min: number | null;
  max: number | null;
  percentiles: [number, number] | null;
}

/** A row of statsSql, which has the parts that were asked for. */
export type StatsRow = Partial<
  Record<keyof typeof NUMBERS, NumberRow> &
    Record<keyof typeof DISTINCT, number | null> &
    Record<keyof typeof MOMENTS, string | null>
> & { count: number };

/** Between whole numbers these percentiles are whole tenths; what differs is the noise of interpolating in binary. */
function toTenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** @param row null when there are no papers. */
export function statsOf(row: StatsRow | null): PaperStats {
  const numbers = (name: keyof typeof NUMBERS): NumberStats => {
    const { sum = 0, avg = null, min = null, max = null, percentiles } = row?.[name] ?? {};
    const [median = null, p90 = null] = percentiles?.map(toTenth) ?? [];
    return { sum, avg, min, max, median, p90 };
  };
  const moment = (text: string | null | undefined) => (text ? new Date(text) : null);
  return {
    count: row?.count ?? 0,
    upvotes: numbers("upvotes"),
    comments: numbers("comments"),
    authors: numbers("authors"),
    codeStars: numbers("codeStars"),
    distinctTags: row?.distinctTags ?? 0,
    distinctOrganisations: row?.distinctOrganisations ?? 0,
    distinctAuthors: row?.distinctAuthors ?? 0,
    firstPublishedAt: moment(row?.firstPublishedAt),
    lastPublishedAt: moment(row?.lastPublishedAt),
  };
}

/**
 * @param parts what is computed; the others are as without papers.
 * @returns figures over all papers of the connection's list.
 */
export async function paperStats(
  analytics: AnalyticsLoaders,
  connection: PaperConnection,
  parts: readonly StatsPart[],
): Promise<PaperStats> {
  const [row] = await analytics.ask<StatsRow>(connection, {
    key: `stats ${parts.join(" ")}`,
    columns: statsColumns(parts),
    rows: statsSql(sql`m`, ["parent"], parts),
  });
  return statsOf(row ?? null);
}
