import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../context/request-context.js";
import { Paper } from "../papers/paper.entity.js";
import { PageArgs } from "../shared/pagination/connection.js";
import { User } from "../users/user.entity.js";
import { CommentConnection } from "./comment-connection.resolver.js";
import { Comment } from "./comment.entity.js";

@Resolver(() => Comment)
export class CommentResolver {
  @FieldResolver(() => User, {
    nullable: true,
    description: "The author of the comment; null once it is deleted.",
  })
  author(@Root() comment: Comment, @Ctx() context: Context): Promise<User | null> | null {
    const { authorKey, deletedAt } = comment;
    return deletedAt || authorKey === null ? null : context.loaders.users.byKey.load(authorKey);
  }

  @FieldResolver(() => Comment, {
    nullable: true,
    description: "The comment that this one replies to; null for a comment on the paper.",
  })
  parent(@Root() comment: Comment, @Ctx() context: Context): Promise<Comment | null> | null {
    return comment.parentKey === null ? null : context.loaders.comments.byKey.load(comment.parentKey);
  }

  @FieldResolver(() => CommentConnection, { nullable: true, description: "The replies, oldest first." })
  replies(
    @Root() comment: Comment,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): CommentConnection {
    return new CommentConnection("comment", context.comments.slice("comment", args), comment.key);
  }
}

@Resolver(() => Paper)
export class PaperCommentsResolver {
  @FieldResolver(() => CommentConnection, {
    nullable: true,
    description:
      "The comments on the paper, oldest first; replies are under the comment that they reply to. Comments that came with the import are known by number only: see `importedCommentCount`.",
  })
  comments(
    @Root() paper: Paper,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): CommentConnection {
    return new CommentConnection("paper", context.comments.slice("paper", args), paper.key);
  }
}
