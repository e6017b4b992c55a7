import type { GraphQLObjectType, GraphQLSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
import { AnalyticsResolver } from "../../analytics/analytics.resolver.js";
import {
  PaperFacetsAndStatsResolver,
  PaperFacetsResolver,
} from "../../analytics/facets/facets-and-stats.resolver.js";
import {
  PaperGroupConnectionResolver,
  PaperGroupsResolver,
} from "../../analytics/groups/paper-groups.resolver.js";
import { TimeSeriesResolver } from "../../analytics/time-series/time-series.resolver.js";
import { AuthorConnectionResolver, AuthorResolver } from "../../catalogue/authors/author.resolver.js";
import { CommentConnectionResolver } from "../../comments/comment-connection.resolver.js";
import { CommentMutationsResolver } from "../../comments/comment-mutations.resolver.js";
import { CommentResolver, PaperCommentsResolver } from "../../comments/comment.resolver.js";
import { SubscribeResolver } from "../../digest/subscribe.resolver.js";
import {
  OrganisationConnectionResolver,
  OrganisationResolver,
} from "../../catalogue/organisations/organisation.resolver.js";
import { DailyPapersResolver } from "../../papers/daily/daily-papers.resolver.js";
import { AuthorPapersResolver, AuthorshipResolver } from "../../papers/relations/paper-authors.resolver.js";
import {
  PaperConnectionResolver,
  PaperEdgeResolver,
  SearchInfoResolver,
} from "../../papers/list/paper-connection.resolver.js";
import {
  OrganisationPapersResolver,
  PaperResolver,
  TagPapersResolver,
  UserPapersResolver,
} from "../../papers/paper.resolver.js";
import { SubmitPaperResolver } from "../../papers/submissions/submit-paper.resolver.js";
import { RateLimitResolver } from "./rate-limit.resolver.js";
import { ServerInfoResolver } from "./server-info.resolver.js";
import { SuggestionResolver } from "../../search/suggestions/suggestion.resolver.js";
import { TagConnectionResolver, TagResolver } from "../../catalogue/tags/tag.resolver.js";
import { UpvoteResolver } from "../../upvotes/upvote.resolver.js";
import { UserResolver } from "../../users/user.resolver.js";
import { ViewerResolver } from "../../users/viewer.resolver.js";
import { NodeResolver } from "./node.resolver.js";

/** @returns the schema that is served; schema.graphql at the root is its text (npm run schema). */
export function buildGraphqlSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      PaperResolver,
      AuthorResolver,
      AuthorConnectionResolver,
      AuthorPapersResolver,
      AuthorshipResolver,
      OrganisationPapersResolver,
      TagPapersResolver,
      UserPapersResolver,
      PaperConnectionResolver,
      PaperEdgeResolver,
      SearchInfoResolver,
      DailyPapersResolver,
      OrganisationResolver,
      OrganisationConnectionResolver,
      TagResolver,
      TagConnectionResolver,
      SuggestionResolver,
      UserResolver,
      ViewerResolver,
      UpvoteResolver,
      CommentResolver,
      PaperCommentsResolver,
      CommentConnectionResolver,
      CommentMutationsResolver,
      SubmitPaperResolver,
      SubscribeResolver,
      PaperFacetsAndStatsResolver,
      PaperFacetsResolver,
      PaperGroupsResolver,
      PaperGroupConnectionResolver,
      TimeSeriesResolver,
      AnalyticsResolver,
      RateLimitResolver,
      ServerInfoResolver,
    ],
    // Arguments are checked where their names are known, for GraphQL and REST alike.
    validate: false,
  });
  // type-graphql makes these two by itself and has no place for their descriptions.
  describe(schema.getQueryType(), "The queries.");
  describe(schema.getMutationType(), "The mutations. All but `subscribeToDigest` need a signed-in viewer.");
  return schema;
}

function describe(type: GraphQLObjectType | null | undefined, description: string): void {
  if (type) type.description = description;
}
