import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../context/request-context.js";
import { absoluteUrl } from "../shared/absolute-url.js";
import { cleanText } from "../shared/validate-input.js";
import { User } from "./user.entity.js";

@Resolver(() => User)
export class UserResolver {
  @Query(() => User, { nullable: true, description: "One user; null when the name is not known." })
  async user(
    @Arg("username", () => String, { description: "The user name; case does not matter." }) username: string,
    @Ctx() context: Context,
  ): Promise<User | null> {
    const [user] = await context.users.byUsernames([cleanText(username, "username")]);
    return user ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: "The URL of the picture." })
  avatarUrl(@Root() { avatarUrl }: User): string | null {
    return absoluteUrl(avatarUrl);
  }
}
