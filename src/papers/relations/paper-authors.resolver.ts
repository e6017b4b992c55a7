import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { Author } from "../../catalogue/authors/author.entity.js";
import type { Context } from "../../context/request-context.js";
import { User } from "../../users/user.entity.js";
import { Authorship } from "./authorship.js";
import { PaperConnection } from "../list/paper-connection.js";
import { PaperListArgs, paperConnection } from "../list/paper-list.js";
import { papersOfAuthor } from "../list/paper-scopes.js";

@Resolver(() => Author)
export class AuthorPapersResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description:
      "The user who claims the author's place in the paper under which the author was selected; null elsewhere.",
    deprecationReason:
      "An author is one object in normalised caches, whatever the paper: use `Authorship.user`.",
  })
  user(@Root() { paperKey, position }: Author, @Ctx() context: Context): Promise<User | null> | null {
    return paperKey === undefined || position === undefined ? null : claimant(context, paperKey, position);
  }

  @FieldResolver(() => PaperConnection, { nullable: true, description: "The author's papers." })
  papers(
    @Root() author: Author,
    @Args(() => PaperListArgs) args: PaperListArgs,
    @Ctx() context: Context,
  ): Promise<PaperConnection> {
    return paperConnection(context, args, papersOfAuthor(author));
  }
}

@Resolver(() => Authorship)
export class AuthorshipResolver {
  @FieldResolver(() => User, { nullable: true, description: "The user who claims this place." })
  user(@Root() { author, position }: Authorship, @Ctx() context: Context): Promise<User | null> {
    return claimant(context, author.paperKey, position);
  }
}

async function claimant({ loaders }: Context, paperKey: number, position: number): Promise<User | null> {
  const claims = await loaders.papers.claims.load(paperKey);
  const user = claims.get(position);
  return user === undefined ? null : loaders.users.byKey.load(user);
}
