import sql, { raw } from "sql-template-tag";
import type { Database } from "../database/database.js";

/** Brings what a batch left in the pending lists of GIN indexes into the indexes: searches read a pending list whole. */
export const FLUSH_PENDING = sql`
  SELECT gin_clean_pending_list(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = 'gin' AND i.indrelid IN ('paper_search'::regclass, 'search_words'::regclass)`;

const IMPORTED_TABLES = [
  "papers",
  "paper_texts",
  "paper_search",
  "author_claims",
  "authors",
  "organisations",
  "tags",
  "tag_spellings",
  "users",
  "search_words",
];

/** Below this share of changed papers, autovacuum does it in its time. */
const ENOUGH = 0.05;

/**
 * After a large import: statistics for the planner and for the document frequencies of searches, and the visibility map
 * for index-only scans. Outside of transactions, as VACUUM must be.
 */
export async function vacuum(db: Database, changed: number): Promise<void> {
  const row = await db.first<{ papers: number }>(
    "import.countPapers",
    sql`SELECT count(*) AS papers FROM papers`,
  );
  if (changed === 0 || changed < ENOUGH * (row?.papers ?? 0)) return;
  await db.query("import.vacuum", raw(`VACUUM (ANALYZE) ${IMPORTED_TABLES.join(", ")}`));
}
