import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { signedIn, type Context } from "../context/request-context.js";
import { notFound } from "../shared/errors.js";
import { Paper } from "../papers/paper.entity.js";
import { numberOfGlobalId } from "../shared/node.js";
import { Comment } from "./comment.entity.js";

@InputType({ description: "The comment to write." })
export class AddCommentInput {
  @Field(() => ID, { description: "The paper: whatever `Query.paper` takes." })
  paperId: string;

  @Field(() => String, {
    description: "The text, in Markdown: 1 to 10,000 characters, not only white space.",
  })
  body: string;

  @Field(() => ID, {
    nullable: true,
    description: "The comment to reply to: one on the same paper that is not deleted.",
  })
  parentId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@InputType({ description: "The comment to delete." })
export class DeleteCommentInput {
  @Field(() => ID, { description: "The comment's global id." })
  commentId: string;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@ObjectType({ description: "A comment that was written or deleted." })
export class CommentPayload {
  @Field(() => Comment, { description: "The comment after the change." })
  comment: Comment;

  @Field(() => Paper, { description: "The comment's paper after the change." })
  paper: Paper;

  @Field(() => String, { nullable: true, description: "The `clientMutationId` of the input, unchanged." })
  clientMutationId?: string | null;
}

@Resolver()
export class CommentMutationsResolver {
  @Mutation(() => CommentPayload, {
    nullable: true,
    description: "Writes a comment on a paper, or a reply to one.",
  })
  async addComment(
    @Arg("input", () => AddCommentInput, { description: "The comment to write." })
    { paperId, body, parentId, clientMutationId }: AddCommentInput,
    @Ctx() context: Context,
  ): Promise<CommentPayload> {
    const viewer = signedIn(context);
    const parentKey = parentId == null ? null : numberOfGlobalId("Comment", parentId, "input.parentId");
    const { key: paperKey } = await context.papers.get(paperId, "input.paperId");
    const comment = await context.comments.add(viewer.key, { paperKey, parentKey, body });
    return payload(context, comment, clientMutationId);
  }

  @Mutation(() => CommentPayload, {
    nullable: true,
    description:
      "Deletes a comment's text and author; for its author or an administrator. Replies stay. Idempotent.",
  })
  async deleteComment(
    @Arg("input", () => DeleteCommentInput, { description: "The comment to delete." })
    { commentId, clientMutationId }: DeleteCommentInput,
    @Ctx() context: Context,
  ): Promise<CommentPayload> {
    const viewer = signedIn(context);
    const key = numberOfGlobalId("Comment", commentId, "input.commentId");
    return payload(context, await context.comments.delete(viewer, key), clientMutationId);
  }
}

async function payload(
  context: Context,
  comment: Comment,
  clientMutationId: string | null | undefined,
): Promise<CommentPayload> {
  context.loaders.comments.forget();
  const [paper] = await context.papers.byKeys([comment.paperKey]);
  if (!paper) throw notFound("paper with this comment any more", "input");
  return { comment, paper, clientMutationId };
}
