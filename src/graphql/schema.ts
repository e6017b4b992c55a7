import type { GraphQLSchema } from "graphql";
import { buildSchemaSync } from "type-graphql";
import { CommentResolver } from "../comments/comment.resolver.js";
import {
  OrganisationConnectionResolver,
  OrganisationResolver,
} from "../organisations/organisation.resolver.js";
import { DailyPapersResolver } from "../papers/daily-papers.resolver.js";
import {
  PaperConnectionResolver,
  PaperEdgeResolver,
  SearchInfoResolver,
} from "../papers/paper-connection.resolver.js";
import {
  AuthorResolver,
  OrganisationPapersResolver,
  PaperResolver,
  TagPapersResolver,
  UserPapersResolver,
} from "../papers/paper.resolver.js";
import { SubmitPaperResolver } from "../papers/submit-paper.resolver.js";
import { SuggestionResolver } from "../search/suggestion.resolver.js";
import { TagConnectionResolver, TagResolver } from "../tags/tag.resolver.js";
import { UpvoteResolver } from "../upvotes/upvote.resolver.js";
import { ViewerResolver } from "../users/viewer.resolver.js";
import { NodeResolver } from "./node.resolver.js";

/** @returns the schema that is served; schema.graphql at the root is its text (npm run schema). */
export function buildGraphqlSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      NodeResolver,
      PaperResolver,
      AuthorResolver,
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
      ViewerResolver,
      UpvoteResolver,
      CommentResolver,
      SubmitPaperResolver,
    ],
    // Arguments are checked where their names are known, for GraphQL and REST alike.
    validate: false,
  });
}
