import { Ctx, Field, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { MAX_PAGE } from "../../shared/pagination/connection.js";
import { MAX_LIST, MAX_SEARCH_LENGTH } from "../../shared/validate-input.js";
import { packageVersion } from "../../shared/version.js";

@ObjectType({ simpleResolvers: true, description: "Optional features." })
export class ServerFeatures {
  @Field(() => Boolean, { description: "Whether `subscribeToDigest` accepts subscriptions." })
  digest: boolean;

  @Field(() => Boolean, {
    description: "Whether JWTs of an identity provider are accepted beside access tokens of this server.",
  })
  signIn: boolean;

  @Field(() => Boolean, { description: "Whether search uses embeddings." })
  embeddings: boolean;

  @Field(() => Boolean, { description: "Whether files can be uploaded." })
  uploads: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: "The limits of one request. The caller's rate limit is `Query.rateLimit`.",
})
export class ServerLimits {
  @Field(() => Int, { description: "The greatest value of `first` and `last`." })
  pageSize: number;

  @Field(() => Int, { description: "The greatest number of values in one list of an argument." })
  listLength: number;

  @Field(() => Int, {
    description: "The number of characters of a search that are used; the rest is ignored.",
  })
  searchLength: number;
}

@ObjectType({ simpleResolvers: true, description: "The server: its version, features and limits." })
export class ServerInfo {
  @Field(() => String, { description: "The version of Papergraph: `1.2.3`." })
  version: string;

  @Field(() => ServerFeatures, { description: "The features that are switched on." })
  features: ServerFeatures;

  @Field(() => ServerLimits, { description: "The limits of one request." })
  limits: ServerLimits;
}

const VERSION = packageVersion();

@Resolver()
export class ServerInfoResolver {
  @Query(() => ServerInfo, {
    nullable: true,
    description: "What this server offers, so that clients can adapt to it.",
  })
  server(@Ctx() { digestDesk, identityProvider }: Context): ServerInfo {
    return {
      version: VERSION,
      features: {
        digest: digestDesk !== null,
        signIn: identityProvider !== null,
        embeddings: false,
        uploads: false,
      },
      limits: { pageSize: MAX_PAGE, listLength: MAX_LIST, searchLength: MAX_SEARCH_LENGTH },
    };
  }
}
