import sql, { raw, type Sql } from "sql-template-tag";
import { IMPORT_LOCK, UPVOTE_COUNTS_LOCK } from "../platform/database/advisory-locks.js";
import type { Database } from "../platform/database/database.js";
import { refreshTiers } from "../search/ranking/tiers.js";
import { IS_SUGGESTED } from "./merge/merge-counts.js";
import { spellingsOf } from "./merge/search-vector.js";

/** What goes with papers when they are deleted. */
export interface DeletedPapers {
  papers: number;
  upvotes: number;
  comments: number;
}

const countsOf = (keys: readonly number[]): Sql => sql`
  SELECT (SELECT count(*) FROM papers WHERE id = ANY(${keys})) AS papers,
         (SELECT count(*) FROM upvotes WHERE paper_id = ANY(${keys})) AS upvotes,
         (SELECT count(*) FROM comments WHERE paper_id = ANY(${keys})) AS comments`;

/** @returns what `deletePapers` would delete. */
export async function countDeleted(db: Database, keys: readonly number[]): Promise<DeletedPapers> {
  const row = await db.first<DeletedPapers>("papers.countDeleted", countsOf(keys));
  return row ?? { papers: 0, upvotes: 0, comments: 0 };
}

/** Takes away what the papers count in the sums of what they name; `upvotes` are those that the sums hold by now. */
const uncount = (table: "tags" | "organisations" | "authors", keys: readonly number[]): Sql => {
  const ids = raw(`${table.slice(0, -1)}_ids`);
  const upvotes = raw(table === "authors" ? "" : ", upvote_count = t.upvote_count - gone.upvotes");
  return sql`
    UPDATE ${raw(table)} t SET paper_count = t.paper_count - gone.papers ${upvotes}
    FROM (
      SELECT link.id, count(*) AS papers, sum(p.upvote_count - coalesce(pending.delta, 0)) AS upvotes
      FROM paper_search s JOIN papers p ON p.id = s.paper_id
      CROSS JOIN LATERAL (SELECT DISTINCT unnest(s.${ids}) AS id) AS link
      LEFT JOIN (SELECT paper_id, sum(delta) AS delta FROM upvote_changes GROUP BY paper_id) AS pending
        ON pending.paper_id = p.id
      WHERE p.id = ANY(${keys}) GROUP BY link.id
    ) AS gone WHERE t.id = gone.id`;
};

const steps = (keys: readonly number[]): [label: string, statement: Sql][] => [
  // As an import does: whoever counts words or spellings by differences waits.
  ["papers.lockImport", sql`SELECT pg_advisory_xact_lock(${IMPORT_LOCK})`],
  ["papers.lockCounts", sql`SELECT pg_advisory_xact_lock(${UPVOTE_COUNTS_LOCK})`],
  ["papers.lock", sql`SELECT FROM papers WHERE id = ANY(${keys}) ORDER BY id FOR UPDATE`],
  [
    "papers.uncountWords",
    sql`UPDATE search_words w SET uses = w.uses - gone.uses FROM (
          SELECT word, count(*) AS uses FROM papers
          CROSS JOIN unnest(tsvector_to_array(to_tsvector('simple', title_key))) AS word
          WHERE id = ANY(${keys}) AND ${IS_SUGGESTED} GROUP BY word
        ) AS gone WHERE w.word = gone.word`,
  ],
  ["papers.dropWords", sql`DELETE FROM search_words WHERE uses <= 0`],
  [
    "papers.uncountSpellings",
    sql`UPDATE tag_spellings s SET uses = s.uses - gone.uses FROM (
          SELECT spelling, count(DISTINCT paper_id) AS uses FROM paper_texts
          CROSS JOIN unnest(${spellingsOf(sql`keywords`, sql`source`)}) AS spelling
          WHERE paper_id = ANY(${keys}) GROUP BY spelling
        ) AS gone WHERE s.spelling = gone.spelling`,
  ],
  ["papers.dropSpellings", sql`DELETE FROM tag_spellings WHERE uses <= 0`],
  ["papers.uncountTags", uncount("tags", keys)],
  ["papers.uncountOrganisations", uncount("organisations", keys)],
  ["papers.uncountAuthors", uncount("authors", keys)],
  [
    "papers.renameTags",
    sql`UPDATE tags t SET name = named.name
        FROM (
          SELECT DISTINCT ON (tag_id) tag_id, spelling AS name FROM tag_spellings
          WHERE tag_id IN (SELECT unnest(tag_ids) FROM paper_search WHERE paper_id = ANY(${keys}))
          ORDER BY tag_id, uses DESC, spelling COLLATE "C"
        ) AS named WHERE t.id = named.tag_id AND t.name <> named.name`,
  ],
  ["papers.dropChanges", sql`DELETE FROM upvote_changes WHERE paper_id = ANY(${keys})`],
];

/**
 * Deletes papers with their texts, upvotes and comments, and takes them out of every count, in one transaction: beside a
 * running server, but not beside an import. Tags, organisations and authors stay, with no papers where these were the
 * last.
 */
export async function deletePapers(db: Database, keys: readonly number[]): Promise<DeletedPapers> {
  return db.transaction(
    async (tx) => {
      await tx.query("papers.lockTimeout", raw("SET LOCAL lock_timeout = '10s'"));
      for (const [label, statement] of steps(keys)) await tx.query(label, statement);
      const deleted = await countDeleted(tx, keys);
      await tx.query("papers.delete", sql`DELETE FROM papers WHERE id = ANY(${keys})`);
      await refreshTiers(tx);
      return deleted;
    },
    { statementTimeout: 0 },
  );
}
