import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import type { PageArgs } from "../../shared/pagination/connection.js";
import { nameConnection } from "../named-entity.connection.js";
import type { NameListArgs } from "../named-entity.store.js";
import { Author } from "./author.entity.js";

const authors = nameConnection(Author, "Author", "authors", ["RELEVANCE", "NAME", "PAPER_COUNT"]);
export const AuthorConnectionResolver = authors.ConnectionResolver;

@Resolver(() => Author)
export class AuthorResolver {
  @Query(() => Author, { nullable: true, description: "One author; null when the name is not known." })
  async author(
    @Arg("id", () => ID, { description: "A global id or slug; case-sensitive." }) id: string,
    @Ctx() context: Context,
  ): Promise<Author | null> {
    const [author] = await context.authors.find([id], "id");
    return author ?? null;
  }

  @Query(() => authors.Connection, {
    nullable: true,
    description: "Authors: searched, filtered, ordered, page by page.",
  })
  authors(@Args(() => authors.Args) args: NameListArgs & PageArgs, @Ctx() context: Context): object {
    return new authors.Connection(context.authors.list(args));
  }

  @FieldResolver(() => Int, { description: "The number of papers that have this author." })
  paperCount(@Root() author: Author, @Ctx() { loaders }: Context): number | Promise<number> {
    return author.paperCount ?? loaders.authors.paperCount.load(author.key);
  }
}
