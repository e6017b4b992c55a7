import sql, { raw } from "sql-template-tag";
import type { Database } from "../../src/platform/database/database.js";
import { searchVector, spellingsOf } from "../../src/import/merge/search-vector.js";

/** Papers with what of their upvotes is counted in tags and organisations already: the rest waits in upvote_changes. */
const COUNTED_PAPERS = raw(`(
  SELECT p.id, p.upvote_count - coalesce(pending.upvotes, 0) AS upvotes FROM papers p LEFT JOIN (
    SELECT paper_id, sum(delta) AS upvotes FROM upvote_changes GROUP BY paper_id
  ) AS pending ON pending.paper_id = p.id)`);

/** Every count that the importer keeps by differences, counted anew; each statement selects what differs. */
const COUNTS = {
  tags: sql`
    SELECT t.slug, t.paper_count, t.upvote_count, truth.* FROM tags t LEFT JOIN (
      SELECT tag_id, count(*) AS papers, sum(p.upvotes) AS upvotes
      FROM paper_search s JOIN ${COUNTED_PAPERS} AS p ON p.id = s.paper_id CROSS JOIN unnest(s.tag_ids) AS tag_id GROUP BY tag_id
    ) AS truth ON truth.tag_id = t.id
    WHERE (t.paper_count, t.upvote_count) IS DISTINCT FROM (coalesce(truth.papers, 0), coalesce(truth.upvotes, 0))`,
  organisations: sql`
    SELECT o.slug, o.paper_count, o.upvote_count, truth.* FROM organisations o LEFT JOIN (
      SELECT organisation_id, count(*) AS papers, sum(p.upvotes) AS upvotes
      FROM paper_search s JOIN ${COUNTED_PAPERS} AS p ON p.id = s.paper_id CROSS JOIN unnest(s.organisation_ids) AS organisation_id
      GROUP BY organisation_id
    ) AS truth ON truth.organisation_id = o.id
    WHERE (o.paper_count, o.upvote_count) IS DISTINCT FROM (coalesce(truth.papers, 0), coalesce(truth.upvotes, 0))`,
  authors: sql`
    SELECT a.name, a.paper_count, truth.papers FROM authors a LEFT JOIN (
      SELECT author_id, count(DISTINCT paper_id) AS papers FROM paper_search CROSS JOIN unnest(author_ids) AS author_id
      GROUP BY author_id
    ) AS truth ON truth.author_id = a.id WHERE a.paper_count <> coalesce(truth.papers, 0)`,
  spellings: sql`
    SELECT * FROM tag_spellings t FULL JOIN (
      SELECT spelling, count(*) AS truth FROM (
        SELECT DISTINCT paper_id, spelling FROM paper_texts
        CROSS JOIN unnest(${spellingsOf(sql`keywords`, sql`source`)}) AS spelling
      ) AS said GROUP BY spelling
    ) AS truth USING (spelling) WHERE uses IS DISTINCT FROM truth`,
  names: sql`
    SELECT t.slug, t.name, truth.name FROM tags t JOIN (
      SELECT DISTINCT ON (tag_id) tag_id, spelling AS name FROM tag_spellings ORDER BY tag_id, uses DESC, spelling COLLATE "C"
    ) AS truth ON truth.tag_id = t.id WHERE t.name <> truth.name`,
  words: sql`
    SELECT * FROM search_words w FULL JOIN (
      SELECT word, count(*) AS truth FROM (
        SELECT title_key FROM papers
        UNION ALL SELECT name_key FROM authors
        UNION ALL SELECT name_key(slug) FROM tags
        UNION ALL SELECT name_key(concat_ws(' ', slug, name)) FROM organisations
      ) AS names(key) CROSS JOIN unnest(tsvector_to_array(to_tsvector('simple', key))) AS word
      WHERE length(word) BETWEEN 3 AND 40 AND word ~ '^[[:alnum:]]*[[:alpha:]][[:alnum:]]*$' GROUP BY word
    ) AS truth USING (word) WHERE uses IS DISTINCT FROM truth`,
  vectors: sql`
    SELECT p.external_id FROM papers p LEFT JOIN paper_texts t ON t.paper_id = p.id LEFT JOIN paper_search s ON s.paper_id = p.id
    WHERE s.tsv IS DISTINCT FROM (${searchVector({
      title: sql`p.title`,
      abstract: sql`t.abstract`,
      spellings: spellingsOf(sql`t.keywords`, sql`t.source`),
      organisationIds: sql`s.organisation_ids`,
      authorIds: sql`s.author_ids`,
    })})`,
  halves: sql`
    SELECT p.external_id FROM papers p LEFT JOIN paper_texts t ON t.paper_id = p.id LEFT JOIN paper_search s ON s.paper_id = p.id
    WHERE t.paper_id IS NULL OR s.paper_id IS NULL`,
};

/** @returns what is not as it would be if it were counted anew, by kind; nothing when all is right. */
export async function discrepancies(db: Database): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const [kind, statement] of Object.entries(COUNTS)) {
    const rows = await db.query<unknown>("truth", sql`${statement} LIMIT 5`);
    if (rows.length) found[kind] = rows;
  }
  return found;
}

/** What an import writes, without ids and times, which two imports of the same files need not share. */
const CONTENT = {
  papers: `SELECT p.external_id, p.title, p.published_at, p.submitted_at, u.username, p.author_count, p.upvote_base, p.comment_base,
      p.code_url, p.code_stars, p.project_url, p.venue, p.citation_count, t.abstract, t.ai_summary, t.keywords, t.media_urls,
      t.thumbnail_url, t.source, s.tsv,
      ARRAY(SELECT slug FROM unnest(s.tag_ids) WITH ORDINALITY AS l(id, n) JOIN tags USING (id) ORDER BY n) AS tags,
      ARRAY(SELECT slug FROM unnest(s.organisation_ids) WITH ORDINALITY AS l(id, n) JOIN organisations USING (id) ORDER BY n) AS organisations,
      ARRAY(SELECT name FROM unnest(s.author_ids) WITH ORDINALITY AS l(id, n) JOIN authors USING (id) ORDER BY n) AS authors
    FROM papers p JOIN paper_texts t ON t.paper_id = p.id JOIN paper_search s ON s.paper_id = p.id LEFT JOIN users u ON u.id = p.submitted_by`,
  tags: "SELECT slug, name, paper_count, upvote_count FROM tags",
  spellings: "SELECT slug, spelling, uses FROM tag_spellings JOIN tags ON tags.id = tag_id",
  organisations: "SELECT slug, name, avatar_url, source_id, paper_count, upvote_count FROM organisations",
  authors: "SELECT name, paper_count FROM authors",
  users: "SELECT username, full_name, avatar_url, source FROM users",
  claims: `SELECT p.external_id, c.position, u.username FROM author_claims c JOIN papers p ON p.id = c.paper_id JOIN users u ON u.id = c.user_id`,
  words: "SELECT word, uses FROM search_words",
};

/** @returns of each kind of thing, how many there are and one hash over all that is said of them. */
export async function contentOf(db: Database): Promise<Record<string, { rows: number; hash: string }>> {
  const content: Record<string, { rows: number; hash: string }> = {};
  for (const [kind, statement] of Object.entries(CONTENT)) {
    const row = await db.first<{ rows: number; hash: string }>(
      "content",
      raw(
        `SELECT count(*) AS rows, md5(string_agg(md5(c::text), '' ORDER BY c::text COLLATE "C")) AS hash FROM (${statement}) AS c`,
      ),
    );
    if (row) content[kind] = row;
  }
  return content;
}
