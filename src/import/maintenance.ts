import sql, { join, raw } from "sql-template-tag";
import type { Database } from "../platform/database/database.js";

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

/** Brings what a batch left in the pending lists of GIN indexes into the indexes: searches read a pending list whole. */
export const FLUSH_PENDING = sql`
  SELECT gin_clean_pending_list(i.indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = 'gin' AND i.indrelid = ANY (${IMPORTED_TABLES}::regclass[])`;

/** Their indexes are costly row by row. Those of papers are not, and lists of papers are to be served meanwhile. */
const COSTLY_TABLES = ["paper_search", "authors", "organisations", "tags", "search_words"];

export async function isEmpty(db: Database): Promise<boolean> {
  const row = await db.first<{ empty: boolean }>(
    "import.isEmpty",
    sql`SELECT NOT EXISTS (SELECT FROM papers) AS empty`,
  );
  return row?.empty === true;
}

/**
 * Runs `work`, which fills empty tables, without the indexes that no constraint needs, and makes these afterwards. To be
 * run in a transaction: searches wait until its end, and when it fails the indexes are as they were.
 */
export async function withoutIndexes<T>(db: Database, work: () => Promise<T>): Promise<T> {
  const indexes = await db.query<{ name: string; definition: string }>(
    "import.listIndexes",
    sql`SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
        FROM pg_index WHERE indrelid = ANY (${COSTLY_TABLES}::regclass[]) AND NOT indisunique`,
  );
  if (indexes.length) {
    await db.query("import.dropIndexes", sql`DROP INDEX ${join(indexes.map(({ name }) => raw(name)))}`);
  }
  const result = await work();
  for (const { definition } of indexes) await db.query("import.createIndex", raw(definition));
  return result;
}

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
