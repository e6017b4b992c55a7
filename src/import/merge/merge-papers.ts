import sql, { join, raw, type Sql } from "sql-template-tag";
import {
  abstractVector,
  authorsOf,
  joinedVector,
  organisationsOf,
  searchVector,
  spellingsOf,
} from "./search-vector.js";

/** Columns of papers that a line may say, under the same name in staged_papers, and what they are when it never did. */
const SAID_COLUMNS = {
  submitted_at: "NULL",
  upvote_base: "0",
  comment_base: "0",
  code_url: "NULL",
  code_stars: "NULL",
  project_url: "NULL",
  venue: "NULL",
  citation_count: "NULL",
};
const PAPER_COLUMNS = ["title", "published_at", "submitted_by", "author_count", ...Object.keys(SAID_COLUMNS)];

/** The papers of the batch as they are to be. */
const FINAL_PAPERS = sql`
  SELECT s.position, l.is_known, l.paper_id, s.external_id, s.record_hash, s.title, s.published_at, l.submitted_by,
    CASE WHEN s.author_count IS NULL AND s.authors IS NULL AND l.is_known THEN p.author_count
      ELSE greatest(s.author_count, cardinality(l.author_ids)) END AS author_count,
    ${raw(
      Object.entries(SAID_COLUMNS)
        .map(([column, unknown]) => `coalesce(s.${column}, p.${column}, ${unknown}) AS ${column}`)
        .join(", "),
    )}
  FROM staged_papers s JOIN staged_links l USING (position) LEFT JOIN papers p ON p.id = l.paper_id`;

export const ADD_PAPERS = sql`
  WITH final AS (${FINAL_PAPERS}), added AS (
    INSERT INTO papers (external_id, record_hash, ${columns(PAPER_COLUMNS)})
    SELECT external_id, record_hash, ${columns(PAPER_COLUMNS)} FROM final WHERE NOT is_known ORDER BY position
    RETURNING id, external_id
  )
  UPDATE staged_links l SET paper_id = added.id
  FROM added JOIN staged_papers s USING (external_id) WHERE l.position = s.position`;

const TEXT_COLUMNS = ["abstract", "ai_summary", "keywords", "media_urls", "thumbnail_url", "source"];

/** What was said of each author place by place goes with the list that it was said of. */
const FINAL_SOURCE = sql`
  nullif(coalesce(CASE WHEN s.authors IS NULL THEN t.source ELSE t.source - 'authors' END, '{}') || s.source, '{}')`;

export const WRITE_TEXTS = sql`
  WITH final AS (
    SELECT l.paper_id, coalesce(s.abstract, t.abstract) AS abstract, coalesce(s.ai_summary, t.ai_summary) AS ai_summary,
      coalesce(s.keywords, t.keywords, '{}') AS keywords, coalesce(s.media_urls, t.media_urls, '{}') AS media_urls,
      coalesce(s.thumbnail_url, t.thumbnail_url) AS thumbnail_url, ${FINAL_SOURCE} AS source
    FROM staged_papers s JOIN staged_links l USING (position) LEFT JOIN paper_texts t USING (paper_id)
  ), written AS (
    INSERT INTO paper_texts (paper_id, ${columns(TEXT_COLUMNS)})
    SELECT paper_id, ${columns(TEXT_COLUMNS, "final")} FROM final LEFT JOIN paper_texts t USING (paper_id)
    WHERE t.paper_id IS NULL OR (${columns(TEXT_COLUMNS, "final")}) IS DISTINCT FROM (${columns(TEXT_COLUMNS, "t")})
    ON CONFLICT (paper_id) DO UPDATE SET (${columns(TEXT_COLUMNS)}) = ROW (${columns(TEXT_COLUMNS, "excluded")})
    RETURNING paper_id
  )
  INSERT INTO staged_changes SELECT paper_id FROM written`;

const SEARCH_COLUMNS = ["tag_ids", "organisation_ids", "author_ids", "tsv"];

/**
 * Most of an import's time goes here: a vector is made only where it will be another one, and of all ways to write rows
 * CREATE TABLE AS alone has several processes make them.
 */
export const READ_ABSTRACTS = sql`
  CREATE TEMP TABLE staged_abstracts AS
  SELECT t.paper_id, ${abstractVector(sql`t.abstract`)} AS vector FROM paper_texts t
  WHERE t.paper_id = ANY (ARRAY(SELECT paper_id FROM staged_links WHERE needs_vector))`;

export const WRITE_SEARCH = sql`
  WITH written AS (
    INSERT INTO paper_search (paper_id, ${columns(SEARCH_COLUMNS)})
    SELECT l.paper_id, l.tag_ids, l.organisation_ids, l.author_ids, ${joinedVector({
      title: sql`s.title`,
      abstractVector: sql`a.vector`,
      spellings: sql`l.spellings`,
      organisations: organisationsOf(sql`l.organisation_ids`),
      authors: sql`coalesce(s.authors, ${authorsOf(sql`l.author_ids`)})`,
    })}
    FROM staged_abstracts a JOIN staged_links l USING (paper_id) JOIN staged_papers s USING (position)
    ON CONFLICT (paper_id) DO UPDATE SET (${columns(SEARCH_COLUMNS)}) = ROW (${columns(SEARCH_COLUMNS, "excluded")})
    RETURNING paper_id
  )
  INSERT INTO staged_changes SELECT paper_id FROM written`;

export const FORGET_ABSTRACTS = sql`DROP TABLE staged_abstracts`;

/** Papers of an organisation that goes by another name are found by it, too. Before WRITE_SEARCH. */
export const RENEW_SEARCH = sql`
  UPDATE paper_search o SET tsv = ${searchVector({
    title: sql`p.title`,
    abstract: sql`t.abstract`,
    spellings: spellingsOf(sql`t.keywords`, sql`t.source`),
    organisationIds: sql`o.organisation_ids`,
    authorIds: sql`o.author_ids`,
  })}
  FROM papers p JOIN paper_texts t ON t.paper_id = p.id
  WHERE p.id = o.paper_id AND o.organisation_ids && (SELECT array_agg(organisation_id) FROM staged_renamed)`;

/** In the order of ids, as everybody does who locks several, and before upvotes are read: none comes in between. */
export const LOCK_PAPERS = sql`
  SELECT FROM papers p JOIN staged_links l ON l.paper_id = p.id WHERE l.is_known ORDER BY p.id FOR NO KEY UPDATE OF p`;

/**
 * What tags and organisations count of each paper so far. Upvotes that were still to be added to them are added by
 * COUNT_TAGS and COUNT_ORGANISATIONS, so that they go where the paper belongs now.
 */
export const TAKE_UPVOTES = sql`
  WITH taken AS (
    DELETE FROM upvote_changes c USING staged_links l WHERE l.is_known AND c.paper_id = l.paper_id
    RETURNING c.paper_id, c.delta
  ), pending AS (
    SELECT paper_id, sum(delta) AS upvotes FROM taken GROUP BY paper_id
  )
  UPDATE staged_links l SET was_upvotes = p.upvote_count - coalesce(pending.upvotes, 0)
  FROM papers p LEFT JOIN pending ON pending.paper_id = p.id WHERE p.id = l.paper_id AND l.is_known`;

/** @returns the positions of papers that are new, and of those that changed. */
export const RENEW_PAPERS = sql`
  WITH final AS MATERIALIZED (
    SELECT f.*, (${columns(PAPER_COLUMNS, "f")}) IS DISTINCT FROM (${columns(PAPER_COLUMNS, "p")})
      OR f.paper_id IN (SELECT paper_id FROM staged_changes) AS is_changed
    FROM (${FINAL_PAPERS}) AS f JOIN papers p ON p.id = f.paper_id
  ), renewed AS (
    UPDATE papers p SET (record_hash, updated_at, ${columns(PAPER_COLUMNS)}) =
      ROW (f.record_hash, CASE WHEN f.is_changed THEN now() ELSE p.updated_at END, ${columns(PAPER_COLUMNS, "f")})
    FROM final f WHERE f.is_known AND p.id = f.paper_id
  )
  SELECT coalesce(array_agg(position) FILTER (WHERE NOT is_known), '{}') AS added,
    coalesce(array_agg(position) FILTER (WHERE is_known AND is_changed), '{}') AS updated
  FROM final`;

function columns(names: readonly string[], from?: string): Sql {
  return join(names.map((name) => raw(from ? `${from}.${name}` : name)));
}
