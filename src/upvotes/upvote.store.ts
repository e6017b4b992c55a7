import sql, { type Sql } from "sql-template-tag";
import type { Database } from "../database/database.js";
import { notFound } from "../errors.js";

export interface UpvoteChange {
  paperKey: number;
  /** False when it was so already. */
  changed: boolean;
}

const OUTCOME = sql`SELECT paper.id AS "paperKey", changed.paper_id IS NOT NULL AS changed FROM paper LEFT JOIN changed ON true`;

/**
 * Each change is one statement, so that papers.upvote_local = rows of upvotes always holds: the counter moves only with
 * a row that this very statement wrote, and both become visible together. Of two statements about the same row, one
 * waits for the other or does not see it and does nothing; never do both count. All take the row of upvotes first, the
 * paper's row second, so they cannot deadlock.
 */
export class UpvoteStore {
  constructor(private readonly db: Database) {}

  /** @throws NOT_FOUND when there is no such paper. */
  add(userKey: number, externalId: string): Promise<UpvoteChange> {
    return this.change(
      "upvotes.add",
      externalId,
      sql`WITH paper AS (SELECT id FROM papers WHERE external_id = ${externalId}),
          changed AS (
            INSERT INTO upvotes (user_id, paper_id) SELECT ${userKey}::integer, id FROM paper
            ON CONFLICT (user_id, paper_id) DO NOTHING RETURNING paper_id
          ), counted AS (
            UPDATE papers p SET upvote_local = p.upvote_local + 1 FROM changed WHERE p.id = changed.paper_id
          ), noted AS (
            INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, 1 FROM changed
          )
          ${OUTCOME}`,
    );
  }

  /** @throws NOT_FOUND when there is no such paper. */
  remove(userKey: number, externalId: string): Promise<UpvoteChange> {
    return this.change(
      "upvotes.remove",
      externalId,
      sql`WITH paper AS (SELECT id FROM papers WHERE external_id = ${externalId}),
          changed AS (
            DELETE FROM upvotes WHERE user_id = ${userKey} AND paper_id = (SELECT id FROM paper) RETURNING paper_id
          ), counted AS (
            UPDATE papers p SET upvote_local = p.upvote_local - 1 FROM changed WHERE p.id = changed.paper_id
          ), noted AS (
            INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, -1 FROM changed
          )
          ${OUTCOME}`,
    );
  }

  private async change(label: string, externalId: string, statement: Sql): Promise<UpvoteChange> {
    const change = await this.db.first<UpvoteChange>(label, statement, { prepared: "label" });
    if (!change) throw notFound(`paper "${externalId}"`);
    return change;
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
