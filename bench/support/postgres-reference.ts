import sql, { join, type Sql } from "sql-template-tag";
import type { Database } from "../../src/platform/database/database.js";
import type { PlainQuery } from "./search-queries.js";

/** The search as it is usually written: one GIN index and ts_rank. Ids alone are read. */
export async function usualSearch(db: Database, query: PlainQuery): Promise<number> {
  const started = performance.now();
  await db.query(
    "bench.usualSearch",
    sql`SELECT paper_id FROM paper_search, (SELECT ${tsquery(query)} AS q) query
        WHERE tsv @@ q ORDER BY ts_rank(tsv, q) DESC LIMIT 20`,
  );
  return performance.now() - started;
}

function tsquery({ all, any, phrase, prefix, not }: PlainQuery): Sql {
  const words = (text: string) => sql`plainto_tsquery('papergraph', search_text(${text}))`;
  const parts: Sql[] = [];
  if (all) parts.push(words(all));
  if (any) parts.push(sql`(${join(any.map(words), " || ")})`);
  if (phrase) parts.push(sql`phraseto_tsquery('papergraph', search_text(${phrase}))`);
  if (prefix) parts.push(sql`to_tsquery('simple', ${`${prefix}:*`})`);
  if (not) parts.push(sql`!!${words(not)}`);
  return join(parts, " && ");
}
