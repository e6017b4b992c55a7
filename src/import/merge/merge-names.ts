import sql from "sql-template-tag";
import { PERSON_SOURCE } from "../../users/claims/person-source.js";

/**
 * What papers name gets its rows before the papers do. Names that are new go to staged_names, for the count of words.
 */

const STAGED_PEOPLE = sql`
  SELECT DISTINCT ON (lower(username)) username AS handle, lower(${PERSON_SOURCE} || ':' || username) AS qualified_key, full_name,
    avatar_url, nullif(source, '{}') AS source
  FROM staged_users ORDER BY lower(username)`;

/**
 * People that the records name: never users of this installation, whatever these are called. A new person has the bare
 * name where it is free. Somebody may sign up at the same moment: then the name is theirs.
 */
export const NAME_PEOPLE = sql`
  WITH staged AS MATERIALIZED (${STAGED_PEOPLE}), renewed AS (
    UPDATE users u SET full_name = coalesce(s.full_name, u.full_name), avatar_url = coalesce(s.avatar_url, u.avatar_url),
      source = coalesce(u.source || s.source, u.source, s.source)
    FROM staged s
    WHERE u.qualified_key = s.qualified_key AND (u.full_name, u.avatar_url, u.source) IS DISTINCT FROM (
      coalesce(s.full_name, u.full_name), coalesce(s.avatar_url, u.avatar_url),
      coalesce(u.source || s.source, u.source, s.source))
  )
  INSERT INTO users (username, imported_from, handle, full_name, avatar_url, source)
  SELECT handle, ${PERSON_SOURCE}, handle, full_name, avatar_url, source FROM staged s
  WHERE handle NOT LIKE '%:%' AND NOT EXISTS (SELECT FROM users u WHERE u.qualified_key = s.qualified_key)
  ON CONFLICT DO NOTHING`;

/** Those whose bare name is not free. */
export const NAME_PEOPLE_BY_SOURCE = sql`
  INSERT INTO users (username, imported_from, handle, full_name, avatar_url, source)
  SELECT ${PERSON_SOURCE} || ':' || handle, ${PERSON_SOURCE}, handle, full_name, avatar_url, source FROM (${STAGED_PEOPLE}) s
  WHERE NOT EXISTS (SELECT FROM users u WHERE u.qualified_key = s.qualified_key)`;

/**
 * Keeps people from being claimed before the batch is committed: those whom it names, and those who submitted its papers
 * so far. See users/claims/claim.store.ts, which takes the same locks in the same order: people, then papers.
 */
export const LOCK_PEOPLE = sql`
  SELECT FROM users u WHERE u.imported_from IS NOT NULL AND u.id IN (
    SELECT id FROM users JOIN (${STAGED_PEOPLE}) s USING (qualified_key)
    UNION ALL SELECT p.submitted_by FROM papers p JOIN staged_papers s ON s.known_id = p.id
    UNION ALL SELECT c.person_id FROM claimed_submissions c JOIN staged_papers s ON s.known_id = c.paper_id)
  ORDER BY u.id FOR SHARE`;

/** The latest name is taken; without one, the slug stands in. */
export const NAME_ORGANISATIONS = sql`
  WITH known AS (
    SELECT o.id, o.name AS was_name, coalesce(s.name, o.name) AS name,
      coalesce(s.avatar_url, o.avatar_url) AS avatar_url, coalesce(s.source_id, o.source_id) AS source_id
    FROM staged_organisations s JOIN organisations o ON o.slug_key = lower(s.slug)
  ), renewed AS (
    UPDATE organisations o SET name = known.name, avatar_url = known.avatar_url, source_id = known.source_id
    FROM known
    WHERE o.id = known.id
      AND (o.name, o.avatar_url, o.source_id) IS DISTINCT FROM (known.name, known.avatar_url, known.source_id)
    RETURNING o.id, o.slug, o.name, known.was_name
  ), renamed AS (
    INSERT INTO staged_renamed
    SELECT id FROM renewed
    WHERE to_tsvector('papergraph', search_text(name)) <> to_tsvector('papergraph', search_text(was_name))
  ), added AS (
    INSERT INTO organisations (slug, name, avatar_url, source_id)
    SELECT DISTINCT ON (lower(slug)) slug, coalesce(name, slug), avatar_url, source_id
    FROM staged_organisations s
    WHERE NOT EXISTS (SELECT FROM organisations o WHERE o.slug_key = lower(s.slug)) ORDER BY lower(slug)
    RETURNING slug, name
  )
  INSERT INTO staged_names
  SELECT name_key(concat_ws(' ', slug, name)), 1 FROM added
  UNION ALL SELECT name_key(concat_ws(' ', slug, name)), 1 FROM renewed WHERE name <> was_name
  UNION ALL SELECT name_key(concat_ws(' ', slug, was_name)), -1 FROM renewed WHERE name <> was_name`;

export const NAME_TAGS = sql`
  WITH added AS (
    INSERT INTO tags (slug, name)
    SELECT slug, spelling FROM (
      SELECT DISTINCT ON (slug) slug, spelling, position FROM staged_tags s
      WHERE NOT EXISTS (SELECT FROM tags t WHERE t.slug = s.slug) ORDER BY slug, position
    ) AS first ORDER BY position
    RETURNING slug
  )
  INSERT INTO staged_names SELECT name_key(slug), 1 FROM added`;

export const NAME_SPELLINGS = sql`
  INSERT INTO tag_spellings (spelling, tag_id, uses)
  SELECT s.spelling, t.id, 0 FROM staged_tags s JOIN tags t USING (slug)
  WHERE NOT EXISTS (SELECT FROM tag_spellings known WHERE known.spelling = s.spelling)`;

/**
 * The authors of all lists that the batch tells, and of the stored lists that these replace, with the number of papers
 * that each has more than before.
 */
export const FIND_AUTHORS = sql`
  WITH listed AS (
    SELECT DISTINCT s.position, name, 1 AS papers FROM staged_papers s CROSS JOIN unnest(s.authors) AS name
    UNION ALL
    SELECT DISTINCT s.position, a.name, -1 FROM staged_papers s JOIN paper_search o ON o.paper_id = s.known_id
    CROSS JOIN unnest(o.author_ids) AS author_id JOIN authors a ON a.id = author_id
    WHERE s.authors IS NOT NULL
  ), changed AS (
    SELECT name, sum(papers) AS papers FROM listed GROUP BY name
  )
  INSERT INTO staged_authors SELECT name, papers, a.id FROM changed LEFT JOIN authors a USING (name)`;

/** Authors are many and most have one paper: they are counted where the new ones are written anyway. */
export const NAME_AUTHORS = sql`
  WITH counted AS (
    UPDATE authors a SET paper_count = a.paper_count + s.papers
    FROM staged_authors s WHERE a.id = s.author_id AND s.papers <> 0
  ), added AS (
    INSERT INTO authors (name, paper_count) SELECT name, papers FROM staged_authors WHERE author_id IS NULL
    RETURNING id, name, name_key
  ), noted AS (
    INSERT INTO staged_names SELECT name_key, 1 FROM added
  )
  UPDATE staged_authors s SET author_id = added.id FROM added WHERE s.name = added.name`;
