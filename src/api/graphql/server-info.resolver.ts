import { Ctx, Field, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { MAX_PAGE } from "../../shared/pagination/connection.js";
import { MAX_LIST, MAX_SEARCH_LENGTH } from "../../shared/validate-input.js";
import { packageVersion } from "../../shared/version.js";

@ObjectType({ simpleResolvers: true, description: "What this server offers beside what every server does." })
export class ServerFeatures {
  @Field(() => Boolean, { description: "Whether `subscribeToDigest` takes subscriptions." })
  digest: boolean;

  @Field(() => Boolean, {
    description: "Whether JWTs of an identity provider are taken beside access tokens of this server.",
  })
  signIn: boolean;

  @Field(() => Boolean, { description: "Whether papers are searched by meaning, too." })
  embeddings: boolean;

  @Field(() => Boolean, { description: "Whether files can be uploaded." })
  uploads: boolean;
}

@ObjectType({
  simpleResolvers: true,
  description: "What a request may ask for at most. What a caller may spend is in `Query.rateLimit`.",
})
export class ServerLimits {
  @Field(() => Int, { description: "Items of a page: the most that `first` and `last` take." })
  pageSize: number;

  @Field(() => Int, { description: "Values in one list of an argument." })
  listLength: number;

  @Field(() => Int, { description: "Characters of a search that are read." })
  searchLength: number;
}

@ObjectType({ simpleResolvers: true, description: "The server: its version, features and limits." })
export class ServerInfo {
  @Field(() => String, { description: "The version of Papergraph: `1.2.3`." })
  version: string;

  @Field(() => ServerFeatures, { description: "What is switched on." })
  features: ServerFeatures;

  @Field(() => ServerLimits, { description: "What one request may ask for." })
  limits: ServerLimits;
}

const VERSION = packageVersion();

@Resolver()
export class ServerInfoResolver {
  @Query(() => ServerInfo, { nullable: true, description: "What clients can adapt to." })
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
