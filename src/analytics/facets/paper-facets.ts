import sql, { empty, raw, type Sql } from "sql-template-tag";
import { Field, Int, ObjectType } from "type-graphql";
import { Organisation } from "../../catalogue/organisations/organisation.entity.js";
import type { PaperConnection } from "../../papers/list/paper-connection.js";
import type { PaperFilter } from "../../papers/list/paper.filter.js";
import { MAX_PAGE } from "../../shared/pagination/connection.js";
import { wholeNumber } from "../../shared/validate-input.js";
import { Tag } from "../../catalogue/tags/tag.entity.js";
import type { AnalyticsLoaders } from "../analytics.loaders.js";
import { groupCounts, largestGroups } from "../groups/group-counts.js";
import { PaperDimension } from "../dimensions.js";
import type { Question } from "../aggregation.js";

@ObjectType({ description: "A tag and how many papers have it." })
export class TagBucket {
  @Field(() => Tag, { description: "The tag." })
  tag: Tag;

  @Field(() => Int, { description: "The number of papers that have it." })
  count: number;
}

@ObjectType({ description: "An organisation and how many papers come from it." })
export class OrganisationBucket {
  @Field(() => Organisation, { description: "The organisation." })
  organisation: Organisation;

  @Field(() => Int, { description: "The number of papers that come from it." })
  count: number;
}

@ObjectType({ description: "A value and how many papers have it." })
export class ValueBucket {
  @Field(() => String, { description: "The value." })
  value: string;

  @Field(() => Int, { description: "The number of papers that have it." })
  count: number;
}

/** Each facet, and the part of the filter that is its own. */
export const FACETS = {
  tags: { dimension: PaperDimension.TAG, filter: "tags" },
  organisations: { dimension: PaperDimension.ORGANISATION, filter: "organisations" },
  authors: { dimension: PaperDimension.AUTHOR, filter: "authors" },
  years: { dimension: PaperDimension.YEAR, filter: "year" },
  venues: { dimension: PaperDimension.VENUE, filter: "venue" },
} as const satisfies Record<string, { dimension: PaperDimension; filter: keyof PaperFilter }>;

export type Facet = keyof typeof FACETS;

/** A value of a facet: what it is called and, of tags and organisations, what it is. */
export interface Bucket<Thing = never> {
  value: string;
  count: number;
  thing?: Thing;
}

/**
 * @param first how many, 1 to 100.
 * @param thing of a tag or organisation, the select list over `n1`; empty otherwise.
 * @returns the facet's commonest values, the commonest first, ties by value. The facet's own part of the filter does
 * not count, so that the values beside the chosen ones are there.
 * @throws BAD_USER_INPUT naming `first`.
 */
export async function facet<Thing = never>(
  analytics: AnalyticsLoaders,
  connection: PaperConnection,
  name: Facet,
  first: number,
  thing: Sql = empty,
): Promise<Bucket<Thing>[]> {
  const { dimension, filter } = FACETS[name];
  const limit = wholeNumber(first, "first", 1, MAX_PAGE);
  const buckets = await analytics.ask<Bucket<Thing> & { place: number }>(
    connection,
    commonest(dimension, limit, thing),
    filter,
  );
  return buckets.sort((one, other) => one.place - other.place);
}

function commonest(dimension: PaperDimension, limit: number, thing: Sql): Question {
  const groups = groupCounts([dimension]);
  const selected = thing.sql ? sql`, (SELECT to_json(t) FROM (SELECT ${thing}) t) AS thing` : empty;
  return {
    key: `facet ${dimension} ${limit}`,
    columns: groups.columns,
    tables: [groups.table],
    rows: sql`SELECT parent, key AS value, count, place${raw(thing.sql ? ", thing" : "")}
      FROM (${largestGroups(groups.name, groups, limit, "count", selected)}) largest`,
  };
}
