import sql from "sql-template-tag";
import { PERSON_SOURCE } from "../../users/claims/person-source.js";
import { spellingsOf } from "./search-vector.js";

/**
 * Finds each staged paper among the stored ones, and what it names as ids in the order of the source. What the line did
 * not say is what is stored.
 */
export const LINK_PAPERS = sql`
  INSERT INTO staged_links (
    position, is_known, paper_id, submitted_by, submitter_person, spellings, tag_ids, organisation_ids, author_ids,
    was_spellings, was_tag_ids, was_organisation_ids, needs_vector)
  WITH found AS (
    SELECT s.position, p.id AS paper_id, coalesce(u.claimed_by, u.id, p.submitted_by) AS submitted_by,
      CASE WHEN u.claimed_by IS NOT NULL THEN u.id END AS submitter_person,
      ${spellingsOf(sql`coalesce(s.keywords, t.keywords)`, sql`coalesce(t.source || s.source, s.source)`)} AS spellings,
      ${spellingsOf(sql`t.keywords`, sql`t.source`)} AS was_spellings,
      o.tag_ids AS was_tag_ids, o.organisation_ids AS was_organisation_ids, o.author_ids AS was_author_ids,
      (s.title, coalesce(s.abstract, t.abstract)) IS DISTINCT FROM (p.title, t.abstract) AS reads_differently
    FROM staged_papers s
    LEFT JOIN users u ON u.qualified_key = lower(${PERSON_SOURCE} || ':' || s.submitter)
    LEFT JOIN papers p ON p.id = s.known_id
    LEFT JOIN paper_texts t ON t.paper_id = p.id
    LEFT JOIN paper_search o ON o.paper_id = p.id
  ), tagged AS (
    SELECT position, array_agg(tag_id ORDER BY place) AS ids FROM (
      SELECT position, tag_id, min(place) AS place
      FROM found CROSS JOIN unnest(spellings) WITH ORDINALITY AS said(spelling, place) JOIN tag_spellings USING (spelling)
      GROUP BY position, tag_id
    ) AS places GROUP BY position
  ), housed AS (
    SELECT position, array_agg(id ORDER BY place) AS ids FROM (
      SELECT s.position, o.id, min(place) AS place
      FROM staged_papers s CROSS JOIN unnest(s.organisations) WITH ORDINALITY AS said(slug, place)
      JOIN organisations o ON o.slug_key = lower(said.slug)
      GROUP BY s.position, o.id
    ) AS places GROUP BY position
  ), written AS (
    SELECT s.position, array_agg(a.author_id ORDER BY place) AS ids
    FROM staged_papers s CROSS JOIN unnest(s.authors) WITH ORDINALITY AS said(name, place) JOIN staged_authors a USING (name)
    GROUP BY s.position
  ), linked AS (
    SELECT found.*, coalesce(tagged.ids, '{}') AS tag_ids,
      CASE WHEN s.organisations IS NULL THEN coalesce(was_organisation_ids, '{}') ELSE coalesce(housed.ids, '{}') END
        AS organisation_ids,
      coalesce(written.ids, was_author_ids, '{}') AS author_ids
    FROM found JOIN staged_papers s USING (position)
    LEFT JOIN tagged USING (position) LEFT JOIN housed USING (position) LEFT JOIN written USING (position)
  )
  SELECT position, paper_id IS NOT NULL, paper_id, submitted_by, submitter_person, spellings, tag_ids, organisation_ids, author_ids,
    was_spellings, was_tag_ids, was_organisation_ids,
    reads_differently OR (spellings, tag_ids, organisation_ids, author_ids)
      IS DISTINCT FROM (was_spellings, was_tag_ids, was_organisation_ids, was_author_ids)
  FROM linked`;
