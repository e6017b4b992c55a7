import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { inOrderOf } from "../../shared/group-by-key.js";

/** What the source said of a paper beyond what papers have here. */
export interface PaperSource {
  /** In the spelling of the source. */
  keywords: string[];
  said: Record<string, unknown>;
  /** Whether somebody who is an author by claim commented here. */
  authorCommented: boolean;
}

const NOTHING: PaperSource = { keywords: [], said: {}, authorCommented: false };

/** @returns what the source said of each paper, in their order: one statement for all. */
export async function paperSources(db: Database, paperKeys: readonly number[]): Promise<PaperSource[]> {
  const rows = await db.query<PaperSource & { paper: number }>(
    "rest.paperSources",
    sql`SELECT t.paper_id AS paper, t.keywords, coalesce(t.source, '{}') AS said,
               EXISTS (SELECT FROM author_claims a JOIN comments c ON c.author_id = a.user_id
                       WHERE a.paper_id = t.paper_id AND c.paper_id = t.paper_id AND c.deleted_at IS NULL) AS "authorCommented"
        FROM paper_texts t WHERE t.paper_id = ANY(${paperKeys})`,
    { prepared: "label" },
  );
  return inOrderOf(paperKeys, rows, (row) => row.paper).map((row) => row ?? NOTHING);
}

/** How much a user did. */
export interface UserDeeds {
  papers: number;
  submitted: number;
  upvotes: number;
  comments: number;
}

export async function userDeeds(db: Database, userKey: number): Promise<UserDeeds> {
  const row = await db.first<UserDeeds>(
    "rest.userDeeds",
    sql`SELECT (SELECT count(DISTINCT paper_id) FROM author_claims WHERE user_id = ${userKey}) AS papers,
               (SELECT count(*) FROM papers WHERE submitted_by = ${userKey}) AS submitted,
               (SELECT count(*) FROM upvotes WHERE user_id = ${userKey}) AS upvotes,
               (SELECT count(*) FROM comments WHERE author_id = ${userKey} AND deleted_at IS NULL) AS comments`,
    { prepared: "label" },
  );
  if (!row) throw new Error("A SELECT without FROM gave no row.");
  return row;
}
