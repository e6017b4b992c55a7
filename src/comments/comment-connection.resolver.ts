import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { Context } from "../context/request-context.js";
import { PageInfo, type Edge, type Page } from "../shared/pagination/connection.js";
import type { Slice } from "../shared/pagination/keyset.js";
import { Comment } from "./comment.entity.js";
import type { CommentParent } from "./comment.store.js";

@ObjectType({ description: "A comment in a list." })
export class CommentEdge implements Edge<Comment> {
  @Field(() => String, { description: "The cursor of this item, for `after` and `before`." })
  cursor: string;

  @Field(() => Comment, { description: "The comment." })
  node: Comment;
}

/** A list of comments and the page asked of it; its fields read it when they are selected. */
@ObjectType({ description: "A page of a list of comments, oldest first." })
export class CommentConnection {
  constructor(
    readonly of: CommentParent,
    readonly slice: Slice,
    readonly parent: number,
  ) {}
}

@Resolver(() => CommentConnection)
export class CommentConnectionResolver {
  @FieldResolver(() => [CommentEdge], { description: "The page's comments with their cursors." })
  async edges(@Root() connection: CommentConnection, @Ctx() context: Context): Promise<Edge<Comment>[]> {
    const { edges } = await pageOf(connection, context);
    return edges;
  }

  @FieldResolver(() => [Comment], { description: "The page's comments." })
  async nodes(@Root() connection: CommentConnection, @Ctx() context: Context): Promise<Comment[]> {
    const { edges } = await pageOf(connection, context);
    return edges.map((edge) => edge.node);
  }

  @FieldResolver(() => PageInfo, {
    description: "The page's cursors, and whether there are pages before and after it.",
  })
  async pageInfo(@Root() connection: CommentConnection, @Ctx() context: Context): Promise<PageInfo> {
    const { pageInfo } = await pageOf(connection, context);
    return pageInfo;
  }

  @FieldResolver(() => Int, {
    description:
      "The number of comments in the whole list, deleted ones that keep their place included; counted only when it is selected.",
  })
  totalCount(@Root() { of, parent }: CommentConnection, @Ctx() context: Context): Promise<number> {
    return context.loaders.comments.count(of, parent);
  }
}

function pageOf({ of, slice, parent }: CommentConnection, context: Context): Promise<Page<Edge<Comment>>> {
  return context.loaders.comments.page(of, slice, parent);
}
