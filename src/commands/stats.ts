import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";

type Counts = Record<string, number | string | null>;

/** @returns what `papergraph stats` prints: how many there are of everything, as lines or as JSON. */
export async function catalogueStats(db: Database, { json = false }: { json?: boolean }): Promise<string> {
  const counts = await count(db);
  return json ? JSON.stringify(counts) : table(counts);
}

async function count(db: Database): Promise<Counts> {
  const row = await db.first<Counts>(
    "stats.count",
    sql`SELECT (SELECT count(*) FROM papers) AS papers, (SELECT count(*) FROM organisations) AS organisations,
               (SELECT count(*) FROM tags) AS tags, (SELECT count(*) FROM authors) AS authors,
               (SELECT count(*) FROM users WHERE is_local) AS users,
               (SELECT count(*) FROM users WHERE NOT is_local) AS people, (SELECT count(*) FROM upvotes) AS upvotes,
               (SELECT count(*) FROM comments WHERE deleted_at IS NULL) AS comments,
               (SELECT to_char(min(published_at), 'YYYY-MM-DD') FROM papers) AS "firstPublished",
               (SELECT to_char(max(published_at), 'YYYY-MM-DD') FROM papers) AS "lastPublished",
               pg_size_pretty(pg_database_size(current_database())) AS size`,
  );
  return row ?? {};
}

function table(counts: Counts): string {
  const width = Math.max(...Object.keys(counts).map((name) => name.length));
  return Object.entries(counts)
    .map(([name, value]) => `${name.padEnd(width)}  ${value ?? "-"}`)
    .join("\n");
}
