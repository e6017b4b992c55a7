import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from "type-graphql";
import { signedIn, type Context } from "../context/request-context.js";
import { parseMoment } from "../shared/dates.js";
import { numberOfGlobalId } from "../shared/node.js";
import { DateTime } from "../shared/scalars.js";
import { AccessToken } from "../auth/access-token.entity.js";
import { User } from "./user.entity.js";

@InputType({ description: "The access token to create." })
export class CreateAccessTokenInput {
  @Field(() => String, { description: "The token's name: 1 to 100 characters." })
  name: string;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When the new token expires: in the future, and no later than the token that creates it. Default: it expires with the token that creates it; created with a token of an identity provider, after 30 days unless the server sets another number.",
  })
  expiresAt?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@ObjectType({ description: "A new access token." })
export class AccessTokenPayload {
  @Field(() => AccessToken, { description: "The token." })
  token: AccessToken;

  @Field(() => String, {
    description:
      "The secret to send as `Authorization: Bearer <secret>`. It is shown only once: the server keeps its hash.",
  })
  secret: string;

  @Field(() => String, { nullable: true, description: "The `clientMutationId` of the input, unchanged." })
  clientMutationId?: string | null;
}

@InputType({ description: "The access token to revoke." })
export class RevokeAccessTokenInput {
  @Field(() => ID, { description: "The token's global id." })
  tokenId: string;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@ObjectType({ description: "A revoked access token." })
export class RevokeAccessTokenPayload {
  @Field(() => ID, { description: "The token's global id." })
  tokenId: string;

  @Field(() => String, { nullable: true, description: "The `clientMutationId` of the input, unchanged." })
  clientMutationId?: string | null;
}

@Resolver()
export class ViewerResolver {
  @Query(() => User, { nullable: true, description: "The signed-in user; null for an anonymous request." })
  viewer(@Ctx() context: Context): User | null {
    return context.viewer;
  }

  @Mutation(() => AccessTokenPayload, {
    nullable: true,
    description:
      "Creates an access token for the viewer, who may have 50 that are neither expired nor revoked.",
  })
  async createAccessToken(
    @Arg("input", () => CreateAccessTokenInput, { description: "The token to create." })
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
    description: "Revokes one of the viewer's access tokens; an administrator may revoke any token.",
  })
  async revokeAccessToken(
    @Arg("input", () => RevokeAccessTokenInput, { description: "The token to revoke." })
    { tokenId, clientMutationId }: RevokeAccessTokenInput,
    @Ctx() context: Context,
  ): Promise<RevokeAccessTokenPayload> {
    const viewer = signedIn(context);
    const key = numberOfGlobalId("AccessToken", tokenId, "input.tokenId");
    await context.tokens.revoke(viewer.isAdmin ? null : viewer.key, key);
    return { tokenId, clientMutationId };
  }
}
