import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { signedIn, type Context } from "../context/request-context.js";
import { parseMoment } from "../shared/dates.js";
import { numberOfGlobalId } from "../shared/node.js";
import { DateTime } from "../shared/scalars.js";
import { AccessToken } from "../auth/access-token.entity.js";
import { User } from "./user.entity.js";

@InputType({ description: "The access token to make." })
export class CreateAccessTokenInput {
  @Field(() => String, { description: "What to call it: 1 to 100 characters." })
  name: string;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "From when on it is refused: in the future, and no later than the token expires that makes it. Without it, the token lasts as long as the one that makes it; made with a token of an identity provider, 30 days unless the server sets another number.",
  })
  expiresAt?: string | null;

  @Field(() => String, { nullable: true, description: "Anything; it comes back in the payload." })
  clientMutationId?: string | null;
}

@ObjectType({ description: "A new access token." })
export class AccessTokenPayload {
  @Field(() => AccessToken, { description: "The token." })
  token: AccessToken;

  @Field(() => String, {
    description:
      "What to send as `Authorization: Bearer <secret>`. It is shown this once: only its hash is kept.",
  })
  secret: string;

  @Field(() => String, { nullable: true, description: "The one that was given." })
  clientMutationId?: string | null;
}

@InputType({ description: "The access token to end." })
export class RevokeAccessTokenInput {
  @Field(() => ID, { description: "The token's global id." })
  tokenId: string;

  @Field(() => String, { nullable: true, description: "Anything; it comes back in the payload." })
  clientMutationId?: string | null;
}

@ObjectType({ description: "An access token that is no longer taken." })
export class RevokeAccessTokenPayload {
  @Field(() => ID, { description: "The token's global id." })
  tokenId: string;

  @Field(() => String, { nullable: true, description: "The one that was given." })
  clientMutationId?: string | null;
}

@Resolver()
export class ViewerResolver {
  @Query(() => User, { nullable: true, description: "Who asks; null when anonymous." })
  viewer(@Ctx() context: Context): User | null {
    return context.viewer;
  }

  @Mutation(() => AccessTokenPayload, {
    nullable: true,
    description:
      "Makes an access token for the viewer, who may have 50 that are neither expired nor revoked.",
  })
  async createAccessToken(
    @Arg("input", () => CreateAccessTokenInput, { description: "The token to make." })
    { name, expiresAt, clientMutationId }: CreateAccessTokenInput,
    @Ctx() context: Context,
  ): Promise<AccessTokenPayload> {
    const viewer = signedIn(context);
    const expiry = expiresAt == null ? null : parseMoment(expiresAt, "input.expiresAt");
    const made = await context.tokens.create(viewer.key, name, expiry, viewer.tokensUntil);
    return { ...made, clientMutationId };
  }

  @Mutation(() => RevokeAccessTokenPayload, {
    nullable: true,
    description: "Ends one of the viewer's access tokens for good; an administrator may end anybody's.",
  })
  async revokeAccessToken(
    @Arg("input", () => RevokeAccessTokenInput, { description: "The token to end." })
    { tokenId, clientMutationId }: RevokeAccessTokenInput,
    @Ctx() context: Context,
  ): Promise<RevokeAccessTokenPayload> {
    const viewer = signedIn(context);
    const key = numberOfGlobalId("AccessToken", tokenId, "input.tokenId");
    await context.tokens.revoke(viewer.isAdmin ? null : viewer.key, key);
    return { tokenId, clientMutationId };
  }
}
