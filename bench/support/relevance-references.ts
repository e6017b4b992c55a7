import sql from "sql-template-tag";
import type { Database } from "../../src/platform/database/database.js";
import { bm25, BM25_SETTINGS, type TermCounts } from "./bm25.js";

/** Ranks papers for a query in one of the ways that results are compared with. */
export type Ranker = (query: string, limit: number) => Promise<string[]>;

export const TS_RANK = "ts_rank";
export type ReferenceName = typeof TS_RANK | keyof typeof BM25_SETTINGS;

/** The references over the papers of a database: what they give are ids as the importer was given them. */
export async function relevanceReferences(db: Database): Promise<Record<ReferenceName, Ranker>> {
  const documents = await termCounts(db);
  const ranker = (name: keyof typeof BM25_SETTINGS): Ranker => {
    const rank = bm25(documents, BM25_SETTINGS[name]);
    return async (query, limit) => rank(await queryTerms(db, query), limit).map(({ id }) => id);
  };
  return {
    [TS_RANK]: (query, limit) => usualRanking(db, query, limit),
    "k1 0.9 b 0.4": ranker("k1 0.9 b 0.4"),
    "k1 1.2 b 0.75": ranker("k1 1.2 b 0.75"),
  };
}

/** ts_rank as tutorials have it, any of the words being enough. */
async function usualRanking(db: Database, query: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    "bench.usualRanking",
    sql`SELECT p.external_id AS id
        FROM paper_search s JOIN papers p ON p.id = s.paper_id,
             CAST(replace(plainto_tsquery('papergraph', search_text(${query}))::text, '&', '|') AS tsquery) AS q
        WHERE s.tsv @@ q ORDER BY ts_rank(s.tsv, q) DESC, p.id LIMIT ${limit}`,
  );
  return rows.map(({ id }) => id);
}

/** Lexemes of title and abstract with their counts; the collections have nothing else. */
async function termCounts(db: Database): Promise<TermCounts[]> {
  const rows = await db.query<{ id: string; lexemes: string[]; counts: number[] }>(
    "bench.termCounts",
    sql`SELECT p.external_id AS id, array(SELECT lexeme FROM unnest(s.tsv) ORDER BY lexeme) AS lexemes,
               array(SELECT cardinality(positions) FROM unnest(s.tsv) ORDER BY lexeme) AS counts
        FROM paper_search s JOIN papers p ON p.id = s.paper_id ORDER BY p.id`,
  );
  return rows.map(({ id, lexemes, counts }) => ({
    id,
    terms: new Map(lexemes.map((lexeme, index) => [lexeme, counts[index] ?? 1])),
  }));
}

async function queryTerms(db: Database, query: string): Promise<string[]> {
  const rows = await db.query<{ lexeme: string; count: number }>(
    "bench.queryTerms",
    sql`SELECT lexeme, cardinality(positions) AS count FROM unnest(to_tsvector('papergraph', search_text(${query})))`,
  );
  return rows.flatMap(({ lexeme, count }) => Array<string>(count).fill(lexeme));
}
