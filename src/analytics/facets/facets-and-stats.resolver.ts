import { Arg, Ctx, Field, FieldResolver, Info, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { GraphQLResolveInfo } from "graphql";
import type { Context } from "../../context/request-context.js";
import { Organisation } from "../../catalogue/organisations/organisation.entity.js";
import { CountRelation, PaperConnection } from "../../papers/list/paper-connection.js";
import { DEFAULT_FEW } from "../../shared/validate-input.js";
import { Tag } from "../../catalogue/tags/tag.entity.js";
import { facet, OrganisationBucket, TagBucket, ValueBucket } from "./paper-facets.js";
import { PaperStats, paperStats, statsParts } from "../stats/paper-stats.js";
import { selectedFields } from "../selected-fields.js";

@ObjectType({
  description:
    "The commonest values over all papers that match, whatever the page, the commonest first and ties by value. A facet counts as if its own part of the filter were not there, so that a sidebar can show what else could be chosen: `tags` without `filter.tags`, `organisations` without `filter.organisations`, `authors` without `filter.authors`, `years` without `filter.year`, `venues` without `filter.venue`. Conditions inside `and`, `or` and `not` always count.",
})
export class PaperFacets {
  constructor(readonly connection: PaperConnection) {}

  @Field(() => CountRelation, {
    description:
      "Whether the counts are exact: always EXACT. Counts that take too long are an error, never an estimate.",
  })
  get relation(): CountRelation {
    return CountRelation.EXACT;
  }
}

const FIRST = { nullable: true, defaultValue: DEFAULT_FEW, description: "How many, 1 to 100." };

@Resolver(() => PaperConnection)
export class PaperFacetsAndStatsResolver {
  @FieldResolver(() => PaperFacets, {
    nullable: true,
    description: "The most frequent tags, organisations, authors, years and venues of all papers that match.",
  })
  facets(@Root() connection: PaperConnection): PaperFacets {
    return new PaperFacets(connection);
  }

  @FieldResolver(() => PaperStats, {
    nullable: true,
    description:
      "Statistics over all papers that match, independent of the page. Each is computed only when it is selected.",
  })
  stats(
    @Root() connection: PaperConnection,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { loaders }: Context,
  ): Promise<PaperStats> {
    return paperStats(loaders.analytics, connection, statsParts(selectedFields(info)));
  }
}

@Resolver(() => PaperFacets)
export class PaperFacetsResolver {
  @FieldResolver(() => [TagBucket], { description: "The most frequent tags." })
  async tags(
    @Root() { connection }: PaperFacets,
    @Arg("first", () => Int, FIRST) first: number | null,
    @Ctx() { loaders, analytics }: Context,
  ): Promise<TagBucket[]> {
    const columns = analytics.columns(Tag, "n1");
    const buckets = await facet<Tag>(loaders.analytics, connection, "tags", first ?? DEFAULT_FEW, columns);
    return buckets.map(({ thing, count }) => ({ tag: Object.assign(new Tag(), thing), count }));
  }

  @FieldResolver(() => [OrganisationBucket], { description: "The most frequent organisations." })
  async organisations(
    @Root() { connection }: PaperFacets,
    @Arg("first", () => Int, FIRST) first: number | null,
    @Ctx() { loaders, analytics }: Context,
  ): Promise<OrganisationBucket[]> {
    const columns = analytics.columns(Organisation, "n1");
    const buckets = await facet<Organisation>(
      loaders.analytics,
      connection,
      "organisations",
      first ?? DEFAULT_FEW,
      columns,
    );
    return buckets.map(({ thing, count }) => ({
      organisation: Object.assign(new Organisation(), thing),
      count,
    }));
  }

  @FieldResolver(() => [ValueBucket], { description: "The most frequent authors." })
  authors(
    @Root() { connection }: PaperFacets,
    @Arg("first", () => Int, FIRST) first: number | null,
    @Ctx() { loaders }: Context,
  ): Promise<ValueBucket[]> {
    return facet(loaders.analytics, connection, "authors", first ?? DEFAULT_FEW);
  }

  @FieldResolver(() => [ValueBucket], { description: "The most frequent years of publication, in UTC." })
  years(
    @Root() { connection }: PaperFacets,
    @Arg("first", () => Int, FIRST) first: number | null,
    @Ctx() { loaders }: Context,
  ): Promise<ValueBucket[]> {
    return facet(loaders.analytics, connection, "years", first ?? DEFAULT_FEW);
  }

  @FieldResolver(() => [ValueBucket], { description: "The most frequent venues." })
  venues(
    @Root() { connection }: PaperFacets,
    @Arg("first", () => Int, FIRST) first: number | null,
    @Ctx() { loaders }: Context,
  ): Promise<ValueBucket[]> {
    return facet(loaders.analytics, connection, "venues", first ?? DEFAULT_FEW);
  }
}
