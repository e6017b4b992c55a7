import sql, { raw, type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { notFound } from "../shared/errors.js";
import type { PaperColumns } from "../papers/paper-columns.js";
import { Paper } from "../papers/paper.entity.js";

export interface UpvoteChange {
  /** As it is now. */
  paper: Paper;
  /** False when it was so already. */
  changed: boolean;
}

/**
 * Each change is one statement, so that papers.upvote_local = rows of upvotes always holds: the counter moves only with
 * a row that this very statement wrote, and both become visible together. Of two statements about the same row, one
 * waits for the other or does not see it and does nothing; never do both count. All take the row of upvotes first, the
 * paper's row second, so they cannot deadlock.
 */
export class UpvoteStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /**
   * @param columns what the caller reads of the paper.
   * @throws NOT_FOUND when there is no such paper.
   */
  add(userKey: number, externalId: string, columns: PaperColumns = null): Promise<UpvoteChange> {
    const changed = sql`
      INSERT INTO upvotes (user_id, paper_id) SELECT ${userKey}::integer, id FROM paper
      ON CONFLICT (user_id, paper_id) DO NOTHING RETURNING paper_id`;
    return this.change("upvotes.add", externalId, changed, raw("1"), columns);
  }

  /** The same for taking an upvote away. */
  remove(userKey: number, externalId: string, columns: PaperColumns = null): Promise<UpvoteChange> {
    const changed = sql`
      DELETE FROM upvotes WHERE user_id = ${userKey} AND paper_id = (SELECT id FROM paper) RETURNING paper_id`;
    return this.change("upvotes.remove", externalId, changed, raw("-1"), columns);
  }

  /** The statement reads the paper as it was before itself: the new count is what the row that it wrote says. */
  private async change(
    label: string,
    externalId: string,
    changed: Sql,
    delta: Sql,
    columns: PaperColumns,
  ): Promise<UpvoteChange> {
    const row = await this.db.first<Paper & { newCount: number | null }>(
      label,
      sql`WITH paper AS (SELECT id FROM papers WHERE external_id = ${externalId}),
          changed AS (${changed}),
          counted AS (
            UPDATE papers p SET upvote_local = p.upvote_local + ${delta} FROM changed WHERE p.id = changed.paper_id
            RETURNING p.upvote_count
          ), noted AS (
            INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, ${delta} FROM changed
          )
          SELECT ${this.columns(Paper, "r", columns)}, (SELECT upvote_count FROM counted) AS "newCount"
          FROM paper_records r WHERE r.id = (SELECT id FROM paper)`,
      { prepared: "text" },
    );
    if (!row) throw notFound(`paper "${externalId}"`, "input.paperId");
    const { newCount, ...before } = row;
    const paper = Object.assign(new Paper(), before, newCount !== null && { upvoteCount: newCount });
    return { paper, changed: newCount !== null };
  }

  /** @returns of each paper, whether the user has upvoted it. */
  async viewerHasUpvoted(userKey: number, paperKeys: readonly number[]): Promise<boolean[]> {
    const rows = await this.db.query<{ paper: number }>(
      "upvotes.viewerHasUpvoted",
      sql`SELECT paper_id AS paper FROM upvotes WHERE user_id = ${userKey} AND paper_id = ANY(${paperKeys})`,
      { prepared: "label" },
    );
    const given = new Set(rows.map((row) => row.paper));
    return paperKeys.map((key) => given.has(key));
  }
}
