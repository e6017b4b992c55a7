import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { PapergraphError } from "../../shared/errors.js";

/**
 * Puts a paper into today's Daily Papers. Of several who do it at once, one succeeds.
 * @throws CONFLICT when it was there before.
 */
export async function submitPaper(db: Database, paperKey: number, userKey: number): Promise<void> {
  const submitted = await db.query(
    "papers.submit",
    sql`UPDATE papers SET submitted_at = now(), submitted_by = ${userKey}, updated_at = now()
        WHERE id = ${paperKey} AND submitted_at IS NULL RETURNING id`,
  );
  if (submitted.length) return;
  // A statement of its own: the one above may have begun before the winner of a race was there to be seen.
  const earlier = await db.first<{ day: string }>(
    "papers.submittedOn",
    sql`SELECT to_char(submitted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day FROM papers WHERE id = ${paperKey}`,
  );
  throw new PapergraphError(
    "CONFLICT",
    `input.paperId: this paper was submitted on ${earlier?.day ?? "an earlier day"}; a paper is in Daily Papers once.`,
    "input.paperId",
  );
}
