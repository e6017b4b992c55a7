import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import type { PageArgs } from "../../shared/pagination/connection.js";
import { DEFAULT_FEW, wholeNumber } from "../../shared/validate-input.js";
import { nameConnection } from "../named-entity.connection.js";
import type { NameListArgs } from "../named-entity.store.js";
import { Tag } from "./tag.entity.js";

const MAX_RELATED = 50;

const tags = nameConnection(Tag, "Tag", "tags");
export const TagConnectionResolver = tags.ConnectionResolver;

@Resolver(() => Tag)
export class TagResolver {
  @Query(() => Tag, { nullable: true, description: "One tag; null when it is not known." })
  async tag(
    @Arg("id", () => ID, { description: "Its global id, slug or name." }) id: string,
    @Ctx() context: Context,
  ): Promise<Tag | null> {
    const [tag] = await context.tags.find([id], "id");
    return tag ?? null;
  }

  @Query(() => tags.Connection, {
    nullable: true,
    description: "Tags: searched, filtered, ordered, page by page.",
  })
  tags(@Args(() => tags.Args) args: NameListArgs & PageArgs, @Ctx() context: Context): object {
    return new tags.Connection(context.tags.list(args));
  }

  @FieldResolver(() => [Tag], {
    nullable: true,
    description: "Tags of the same papers, the most closely related first.",
  })
  related(
    @Root() tag: Tag,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: DEFAULT_FEW,
      description: `How many, 1 to ${MAX_RELATED}.`,
    })
    first: number | null,
    @Ctx() context: Context,
  ): Promise<Tag[]> {
    return context.loaders.tags.related(tag, wholeNumber(first ?? DEFAULT_FEW, "first", 1, MAX_RELATED));
  }
}
