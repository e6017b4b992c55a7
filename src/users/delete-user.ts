import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import { partPerson } from "./claims/claim.store.js";

/** What a user leaves behind, which goes or changes with the user. */
export interface UserTraces {
  tokens: number;
  identities: number;
  upvotes: number;
  comments: number;
  submissions: number;
  /** Imported people whom the user claimed. */
  people: number;
}

export async function tracesOf(db: Database, userKey: number): Promise<UserTraces> {
  const row = await db.first<UserTraces>(
    "users.traces",
    sql`SELECT (SELECT count(*) FROM access_tokens WHERE user_id = ${userKey}) AS tokens,
               (SELECT count(*) FROM user_identities WHERE user_id = ${userKey}) AS identities,
               (SELECT count(*) FROM upvotes WHERE user_id = ${userKey}) AS upvotes,
               (SELECT count(*) FROM comments WHERE author_id = ${userKey} AND deleted_at IS NULL) AS comments,
               (SELECT count(*) FROM papers p WHERE submitted_by = ${userKey}
                 AND NOT EXISTS (SELECT FROM claimed_submissions c WHERE c.paper_id = p.id)) AS submissions,
               (SELECT count(*) FROM users WHERE claimed_by = ${userKey}) AS people`,
  );
  if (!row) throw new Error("A SELECT without FROM gave no row.");
  return row;
}

/**
 * Deletes a user of this installation with tokens, identities and upvotes. Comments lose author and text but keep their
 * place, because replies are of others; papers stay in Daily Papers without a submitter; claimed people get back what is
 * theirs. Rows are locked in the order in which requests and imports lock them: people, upvotes, comments, papers.
 */
export async function deleteUser(db: Database, userKey: number): Promise<void> {
  await db.transaction(async (tx) => {
    // From here on the user can neither upvote nor comment: their rows would need a share of this lock.
    await tx.query("users.lock", sql`SELECT FROM users WHERE id = ${userKey} FOR UPDATE`);
    const people = await tx.query<{ key: number }>(
      "users.lockPeople",
      sql`SELECT id AS key FROM users WHERE claimed_by = ${userKey} ORDER BY id FOR NO KEY UPDATE`,
    );
    for (const { key } of people) await partPerson(tx, key);
    await tx.query("users.lockUpvotes", sql`SELECT FROM upvotes WHERE user_id = ${userKey} FOR UPDATE`);
    await tx.query("users.lockComments", sql`SELECT FROM comments WHERE author_id = ${userKey} FOR UPDATE`);
    await tx.query(
      "users.lockPapers",
      sql`SELECT FROM papers WHERE id IN (
            SELECT paper_id FROM upvotes WHERE user_id = ${userKey}
            UNION ALL SELECT paper_id FROM comments WHERE author_id = ${userKey}
            UNION ALL SELECT id FROM papers WHERE submitted_by = ${userKey})
          ORDER BY id FOR NO KEY UPDATE`,
    );
    await tx.query(
      "users.removeUpvotes",
      sql`WITH removed AS (
            DELETE FROM upvotes WHERE user_id = ${userKey} RETURNING paper_id
          ), noted AS (
            INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, -1 FROM removed
          )
          UPDATE papers p SET upvote_local = p.upvote_local - 1 FROM removed WHERE p.id = removed.paper_id`,
    );
    await tx.query(
      "users.emptyComments",
      sql`WITH emptied AS (
            UPDATE comments SET body = NULL, deleted_at = now(), updated_at = now()
            WHERE author_id = ${userKey} AND deleted_at IS NULL RETURNING paper_id
          ), counted AS (
            SELECT paper_id, count(*) AS comments FROM emptied GROUP BY paper_id
          )
          UPDATE papers p SET comment_local = p.comment_local - counted.comments FROM counted WHERE p.id = counted.paper_id`,
    );
    await tx.query(
      "users.leaveComments",
      sql`UPDATE comments SET author_id = NULL WHERE author_id = ${userKey}`,
    );
    await tx.query(
      "users.leavePapers",
      sql`UPDATE papers SET submitted_by = NULL, updated_at = now() WHERE submitted_by = ${userKey}`,
    );
    const deleted = await tx.first<{ username: string }>(
      "users.delete",
      sql`DELETE FROM users WHERE id = ${userKey} RETURNING username`,
    );
    // An imported person who had to do without the bare name has it again.
    if (deleted)
      await tx.query(
        "users.returnName",
        sql`UPDATE users SET username = handle WHERE lower(handle) = lower(${deleted.username}) AND username <> handle`,
      );
  });
}
