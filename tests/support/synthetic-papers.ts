import sql, { raw } from "sql-template-tag";
import type { Database } from "../../src/platform/database/database.js";
import { refreshTiers } from "../../src/search/ranking/tiers.js";
import { withoutIndexes } from "../../src/import/maintenance.js";

/** The commonest words, tags, organisations and authors by name; the others are made of letters by their rank. */
const WORDS = "model learning language network data graph neural image training diffusion".split(" ");
const VOCABULARY = 20_000;

/**
 * Fills an empty database with so many papers as a large catalogue has them: words, tags, organisations and authors are
 * as common as their rank says (Zipf and Mandelbrot), one paper in a thousand has code, one in a hundred was in Daily Papers. Always
 * the same ones.
 */
export async function fillWithPapers(db: Database, papers: number): Promise<void> {
  await db.transaction(
    (tx) =>
      withoutIndexes(tx, async () => {
        for (const [label, statement] of statements(papers)) await tx.query(`fill.${label}`, statement);
      }),
    { statementTimeout: 0 },
  );
  await refreshTiers(db);
  await db.query("fill.vacuum", raw("VACUUM (ANALYZE)"));
}

function statements(papers: number) {
  // The n-th of `many` is drawn with a chance like 1 / (n + 8): half of all papers have the commonest word.
  const drawn = (many: number) => raw(`floor(exp(random() * ln(1 + ${many} / 8.0)) * 8 - 7)::integer`);
  const word = (rank: string) =>
    raw(
      `coalesce((ARRAY['${WORDS.join("','")}'])[${rank}], 'w' || translate(${rank}::text, '0123456789', 'acdefimnou'))`,
    );
  const text = (words: number) =>
    sql`(SELECT string_agg(word, ' ') FROM (SELECT ${word("rank")} AS word
         FROM (SELECT ${drawn(VOCABULARY)} AS rank FROM generate_series(1, ${raw(String(words))}) AS i WHERE n > 0 OFFSET 0) AS ranks) AS words)`;
  const list: [string, ReturnType<typeof sql>][] = [
    ["settings", sql`SELECT setseed(0.5), set_config('max_parallel_workers_per_gather', '0', true)`],
    ["user", sql`INSERT INTO users (username) VALUES ('submitter')`],
    [
      "tags",
      sql`INSERT INTO tags (slug, name, paper_count) SELECT 'tag-' || n, 'Tag ' || n, 30000 / n FROM generate_series(1, 2000) AS n`,
    ],
    [
      "organisations",
      sql`INSERT INTO organisations (slug, name, paper_count)
          SELECT 'org-' || n, 'Organisation ' || n, 20000 / n FROM generate_series(1, 1000) AS n`,
    ],
    [
      "authors",
      sql`INSERT INTO authors (name, paper_count)
          SELECT initcap(${word("(n % 300 + 11)")}) || ' ' || initcap(${word("(n / 300 + 400)")}), 1 + 3000 / n
          FROM generate_series(1, 60000) AS n`,
    ],
    [
      "words",
      sql`INSERT INTO search_words SELECT DISTINCT ON (word) word, 1 + 50000 / rank
          FROM (SELECT rank, ${word("rank")} AS word FROM generate_series(1, ${VOCABULARY}::integer) AS rank) AS ranked ORDER BY word, rank`,
    ],
    [
      "papers",
      sql`INSERT INTO papers (external_id, title, published_at, submitted_at, submitted_by, upvote_base, comment_base, code_url, code_stars, venue)
          SELECT 'paper-' || n, ${text(7)}, timestamptz '2026-06-01' - n * interval '40 minutes',
            CASE WHEN n % 100 = 0 THEN timestamptz '2026-06-01' - n * interval '40 minutes' END,
            CASE WHEN n % 100 = 0 THEN (SELECT id FROM users) END,
            floor(random() ^ 8 * 300), floor(random() ^ 20 * 50),
            CASE WHEN n % 1000 = 0 THEN 'https://code.example/' || n END, CASE WHEN n % 1000 = 0 THEN n END, 'Venue ' || n % 40
          FROM generate_series(1, ${papers}::integer) AS n`,
    ],
    [
      "texts",
      sql`INSERT INTO paper_texts (paper_id, abstract) SELECT id, ${text(40)} FROM (SELECT id, id AS n FROM papers OFFSET 0) AS p`,
    ],
    [
      "search",
      sql`INSERT INTO paper_search (paper_id, tag_ids, organisation_ids, author_ids, tsv)
          SELECT p.id, ARRAY[${drawn(2_000)}, ${drawn(2_000)}], CASE WHEN p.id % 3 = 0 THEN ARRAY[${drawn(1_000)}] ELSE '{}' END,
            ARRAY[a.id, 1 + p.id % 60000],
            setweight(to_tsvector('papergraph', p.title), 'A') || setweight(to_tsvector('papergraph_names', a.name), 'C')
              || setweight(to_tsvector('papergraph', t.abstract), 'D')
          FROM (SELECT id, title, ${drawn(60_000)} AS author FROM papers OFFSET 0) AS p
          JOIN paper_texts t ON t.paper_id = p.id JOIN authors a ON a.id = p.author`,
    ],
  ];
  return list;
}
