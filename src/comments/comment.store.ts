import sql, { type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { PapergraphError, badInput, notFound } from "../shared/errors.js";
import { inOrderOf, rowsOf } from "../shared/group-by-key.js";
import {
  readPageArgs,
  toPage,
  type Edge,
  type KeysetRow,
  type Page,
  type PageArgs,
} from "../shared/pagination/connection.js";
import { decodeCursor, encodeCursor, fingerprint } from "../shared/pagination/cursor.js";
import { keysetOrder, keysetSelect, type Slice, type SortKey } from "../shared/pagination/keyset.js";
import { globalId } from "../shared/node.js";
import { cleanBody } from "./comment-body.js";
import { Comment } from "./comment.entity.js";

/** Where a list of comments hangs: those on a paper that reply to none, or the replies to a comment. */
export type CommentParent = "paper" | "comment";

export interface NewComment {
  paperKey: number;
  parentKey: number | null;
  body: string;
}

interface CommentRow extends Comment, KeysetRow {
  listedUnder: number;
  /** Of all texts that the statement reads; comes as text. */
  totalBytes: string | null;
}

/** Comments in one page of a paper's thread. */
const MAX_THREAD = 100;

/** Bytes of the texts in one page of a thread. */
const MAX_PAGE_BYTES = 256 * 1024;

/** Bytes of the texts that one statement reads for the lists of a request: a hundred lists of a hundred long comments have 400 MB. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;

const THREAD = fingerprint(["comments", "thread"]);

/** Oldest first: numbers are given in the order of writing. */
const KEYS: SortKey[] = [{ expression: sql`c.id`, type: "integer", nullable: false, direction: "ASC" }];

/** Each is one range of a partial index (parent, id). */
const LISTS: Record<CommentParent, { parent: Sql; rest: Sql; fingerprint: string }> = {
  paper: {
    parent: sql`c.paper_id`,
    rest: sql`c.parent_id IS NULL`,
    fingerprint: fingerprint(["comments", "paper"]),
  },
  comment: {
    parent: sql`c.parent_id`,
    rest: sql`c.parent_id IS NOT NULL`,
    fingerprint: fingerprint(["comments", "comment"]),
  },
};

/**
 * papers.comment_local = comments that are not deleted always holds: the counter moves only with a row that the same
 * statement wrote. All take the comment's row first, the paper's row second, so they cannot deadlock.
 */
export class CommentStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @throws BAD_USER_INPUT for a body without text, and for a parent on another paper or deleted. */
  async add(authorKey: number, { paperKey, parentKey, body }: NewComment): Promise<Comment> {
    // A share of the parent's lock keeps it from being deleted until the reply is there.
    const row = await this.db.first<Comment>(
      "comments.add",
      sql`WITH parent AS MATERIALIZED (
            SELECT id FROM comments
            WHERE id = ${parentKey} AND paper_id = ${paperKey} AND deleted_at IS NULL FOR SHARE
          ), added AS (
            INSERT INTO comments (paper_id, author_id, parent_id, body)
            SELECT ${paperKey}::integer, ${authorKey}::integer, ${parentKey}::integer, ${cleanBody(body, "input.body")}
            WHERE ${parentKey}::integer IS NULL OR EXISTS (SELECT FROM parent)
            RETURNING *
          ), counted AS (
            UPDATE papers p SET comment_local = p.comment_local + 1 FROM added WHERE p.id = added.paper_id
          )
          SELECT ${this.columns(Comment, "added")} FROM added`,
      { prepared: "label" },
    );
    if (!row) throw badInput("input.parentId", "takes a comment on the same paper that is not deleted.");
    return toComment(row);
  }

  /**
   * Takes author and text away; the row stays, so that replies keep their place. Again and again is the same.
   * @throws NOT_FOUND; FORBIDDEN for who is neither its author nor an administrator.
   */
  async delete(by: { key: number; isAdmin: boolean }, commentKey: number): Promise<Comment> {
    const row = await this.db.first<Comment>(
      "comments.delete",
      sql`WITH deleted AS (
            UPDATE comments SET body = NULL, deleted_at = now(), updated_at = now()
            WHERE id = ${commentKey} AND deleted_at IS NULL AND (author_id = ${by.key} OR ${by.isAdmin}::boolean)
            RETURNING *
          ), counted AS (
            UPDATE papers p SET comment_local = p.comment_local - 1 FROM deleted WHERE p.id = deleted.paper_id
          )
          SELECT ${this.columns(Comment, "deleted")} FROM deleted`,
      { prepared: "label" },
    );
    return row ? toComment(row) : this.alreadyDeleted(by, commentKey);
  }

  /** @returns the comments with these numbers, in their order, null for a miss. */
  async byKeys(keys: readonly number[]): Promise<(Comment | null)[]> {
    const rows = await this.db.query<Comment>(
      "comments.byKeys",
      sql`SELECT ${this.columns(Comment, "c")} FROM comments c WHERE c.id = ANY(${keys})`,
      { prepared: "label" },
    );
    return inOrderOf(keys, rows.map(toComment), (found) => found.key);
  }

  /** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
  slice(of: CommentParent, args: PageArgs): Slice {
    return readPageArgs(args, LISTS[of].fingerprint, KEYS);
  }

  /** @returns the same page of each parent's list, in the parents' order. */
  async pages(of: CommentParent, slice: Slice, parents: readonly number[]): Promise<Page<Edge<Comment>>[]> {
    const list = LISTS[of];
    const select = keysetSelect(
      {
        columns: this.columns(Comment, "c"),
        from: sql`comments c`,
        where: sql`${list.parent} = parents.parent AND ${list.rest}`,
        keys: KEYS,
      },
      slice,
    );
    const rows = await this.db.query<CommentRow>(
      "comments.pages",
      // The length of a stored text is known without reading it. Of too many texts only one is read, to tell them from none.
      sql`SELECT * FROM (
            SELECT page.*, parents.parent AS "listedUnder", sum(octet_length(page.body)) OVER () AS "totalBytes",
              row_number() OVER () AS position
            FROM unnest(${parents}::integer[]) AS parents(parent) CROSS JOIN LATERAL (${select}) page
          ) listed WHERE coalesce("totalBytes", 0) <= ${MAX_LIST_BYTES} OR position = 1
          ORDER BY ${keysetOrder(KEYS, slice.backward)}`,
    );
    if (Number(rows[0]?.totalBytes ?? 0) > MAX_LIST_BYTES)
      throw new PapergraphError(
        "QUERY_TOO_COMPLEX",
        `The comments that this asks for have more than ${MAX_LIST_BYTES / 1024 / 1024} MB of text: ask for shorter pages.`,
      );
    return rowsOf(parents, rows, (row) => row.listedUnder).map((ofParent) =>
      toPage(ofParent, slice, list.fingerprint, KEYS.length, (row, cursorOf) => ({
        get cursor() {
          return cursorOf();
        },
        node: toComment(row),
      })),
    );
  }

  /** @returns how many comments each parent's list holds; deleted ones keep their place. */
  async counts(of: CommentParent, parents: readonly number[]): Promise<number[]> {
    const { parent, rest } = LISTS[of];
    const rows = await this.db.query<{ parent: number; count: number }>(
      "comments.counts",
      sql`SELECT ${parent} AS parent, count(*) AS count FROM comments c
          WHERE ${parent} = ANY(${parents}) AND ${rest} GROUP BY ${parent}`,
    );
    return inOrderOf(parents, rows, (row) => row.parent).map((row) => row?.count ?? 0);
  }

  /**
   * @returns a page of all comments on a paper, replies among them, the oldest first: at most `MAX_THREAD` of them and, if
   * they are long, only as many as `MAX_PAGE_BYTES` hold.
   * @throws BAD_USER_INPUT or BAD_CURSOR naming `after`.
   */
  async thread(
    paperKey: number,
    after?: string,
  ): Promise<{ comments: Comment[]; nextCursor: string | null }> {
    const [key] = after === undefined ? [] : decodeCursor(after, THREAD, KEYS, "after");
    const rows = await this.db.query<Comment & { candidates: number }>(
      "comments.thread",
      sql`SELECT * FROM (
            SELECT ${this.columns(Comment, "c")}, count(*) OVER () AS candidates,
              sum(octet_length(c.body)) OVER (ORDER BY c.id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS "bytesBefore"
            FROM (SELECT * FROM comments
                  WHERE paper_id = ${paperKey} AND id > ${Number(key ?? 0)}
                  ORDER BY id LIMIT ${MAX_THREAD + 1}) c
          ) page WHERE coalesce("bytesBefore", 0) < ${MAX_PAGE_BYTES} ORDER BY key`,
      { prepared: "label" },
    );
    const comments = rows.slice(0, MAX_THREAD).map(toComment);
    const last = comments.at(-1);
    const hasNext = last !== undefined && (rows[0]?.candidates ?? 0) > comments.length;
    return { comments, nextCursor: hasNext ? encodeCursor(THREAD, [String(last.key)]) : null };
  }

  private async alreadyDeleted(by: { key: number; isAdmin: boolean }, key: number): Promise<Comment> {
    const [comment] = await this.byKeys([key]);
    if (!comment) throw notFound(`comment "${globalId("Comment", key)}"`, "input.commentId");
    if (comment.authorKey !== by.key && !by.isAdmin)
      throw new PapergraphError("FORBIDDEN", "A comment is deleted by its author or an administrator.");
    return comment;
  }
}

function toComment(row: Comment): Comment {
  return Object.assign(new Comment(), row);
}
