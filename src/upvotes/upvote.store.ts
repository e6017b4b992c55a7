import sql from "sql-template-tag";
import type { Database } from "../database/database.js";

/**
 * Each change is one statement, so that papers.upvote_local = rows of upvotes always holds: the counter moves only with
 * a row that this very statement wrote, and both become visible together. Of two statements about the same row, one
 * waits for the other or does not see it and does nothing; never do both count. All take the row of upvotes first, the
 * paper's row second, so they cannot deadlock.
 */
export class UpvoteStore {
  constructor(private readonly db: Database) {}

  /** @returns whether this made the upvote; false when it was there. */
  async add(userKey: number, paperKey: number): Promise<boolean> {
    const rows = await this.db.query(
      "upvotes.add",
      sql`WITH added AS (
            INSERT INTO upvotes (user_id, paper_id) VALUES (${userKey}, ${paperKey})
            ON CONFLICT (user_id, paper_id) DO NOTHING RETURNING paper_id
          ), counted AS (
            UPDATE papers p SET upvote_local = p.upvote_local + 1 FROM added WHERE p.id = added.paper_id
          ), noted AS (
            INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, 1 FROM added
          )
          SELECT paper_id FROM added`,
      { prepared: true },
    );
    return rows.length > 0;
  }

  /** @returns whether this took the upvote away; false when there was none. */
  async remove(userKey: number, paperKey: number): Promise<boolean> {
    const rows = await this.db.query(
      "upvotes.remove",
      sql`WITH removed AS (
            DELETE FROM upvotes WHERE user_id = ${userKey} AND paper_id = ${paperKey} RETURNING paper_id
          ), counted AS (
            UPDATE papers p SET upvote_local = p.upvote_local - 1 FROM removed WHERE p.id = removed.paper_id
          ), noted AS (
            INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, -1 FROM removed
          )
          SELECT paper_id FROM removed`,
      { prepared: true },
    );
    return rows.length > 0;
  }

  /** @returns of each paper, whether the user has upvoted it. */
  async viewerHasUpvoted(userKey: number, paperKeys: readonly number[]): Promise<boolean[]> {
    const rows = await this.db.query<{ paper: number }>(
      "upvotes.viewerHasUpvoted",
      sql`SELECT paper_id AS paper FROM upvotes WHERE user_id = ${userKey} AND paper_id = ANY(${paperKeys})`,
      { prepared: true },
    );
    const given = new Set(rows.map((row) => row.paper));
    return paperKeys.map((key) => given.has(key));
  }
}
