import type { Comment } from "../../../comments/comment.entity.js";
import { commentHtml, type RenderingEffort } from "../../../comments/comment-html.js";
import type { Context } from "../../../context/request-context.js";
import { globalId } from "../../../shared/node.js";
import type { User } from "../../../users/user.entity.js";
import type { HfComment } from "../schemas/comment.schema.js";
import { writeUser } from "./user.presenter.js";

/** @returns a page of the paper's comments and the replies to them, the oldest first. */
export async function writeComments(
  context: Context,
  paperKey: number,
  cursor: string | undefined,
): Promise<{ comments: HfComment[]; nextCursor: string | null }> {
  const { comments, nextCursor } = await context.comments.thread(paperKey, cursor);
  const authors = await Promise.all(
    comments.map(async (comment) =>
      comment.deletedAt || comment.authorKey === null
        ? null
        : context.loaders.users.byKey.load(comment.authorKey),
    ),
  );
  const effort: RenderingEffort = { wasted: 0 };
  const written: HfComment[] = [];
  for (const [index, comment] of comments.entries()) {
    written.push(writeComment(comment, authors[index] ?? null, effort));
    await context.work?.yieldIfDue();
    context.work?.check();
  }
  return { comments: written, nextCursor };
}

/** @param author null for a deleted comment. */
export function writeComment(comment: Comment, author: User | null, effort?: RenderingEffort): HfComment {
  const raw = comment.body ?? "";
  const written = author ? writeUser(author) : undefined;
  return {
    id: comment.id,
    author: written,
    createdAt: comment.createdAt.toISOString(),
    type: "comment",
    data: {
      edited: false,
      hidden: comment.deletedAt !== null,
      latest: {
        raw,
        html: commentHtml(raw, effort),
        updatedAt: comment.updatedAt.toISOString(),
        author: written,
      },
      numEdits: 0,
      editors: author ? [author.username] : [],
      editorAvatarUrls: author?.avatarUrl ? [author.avatarUrl] : [],
      reactions: [],
      parentCommentId: comment.parentKey === null ? undefined : globalId("Comment", comment.parentKey),
    },
  };
}
