import MarkdownIt from "markdown-it";
import type { Context } from "../context.js";
import type { Comment } from "../comments/comment.entity.js";
import { globalId } from "../shared/node.js";
import type { User } from "../users/user.entity.js";
import type { HfComment } from "./schemas/comment.schema.js";
import { writeUser } from "./write-user.js";

/** HTML in the text is shown as text, and links to scripts are no links: so markdown-it is by itself. */
const markdown = new MarkdownIt({ linkify: true, breaks: true });

/** Comments of a paper that are given with it. */
const MAX_COMMENTS = 1_000;

/** @returns the paper's comments and the replies to them, the oldest first. */
export async function writeComments(context: Context, paperKey: number): Promise<HfComment[]> {
  const comments = await context.comments.thread(paperKey, MAX_COMMENTS);
  return Promise.all(
    comments.map(async (comment) => {
      const { authorKey, deletedAt } = comment;
      const author =
        deletedAt || authorKey === null ? null : await context.loaders.users.byKey.load(authorKey);
      return writeComment(comment, author);
    }),
  );
}

/** @param author null for a deleted comment. */
export function writeComment(comment: Comment, author: User | null): HfComment {
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
        html: markdown.render(raw),
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
