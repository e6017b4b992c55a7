import sql from "sql-template-tag";

/**
 * Counts are kept by differences: what the batch's papers count now less what they counted so far. Last of all, as the
 * rows of common tags are wanted by others.
 */

export const COUNT_SPELLINGS = sql`
  WITH said AS (
    SELECT DISTINCT position, spelling, 1 AS uses FROM staged_links CROSS JOIN unnest(spellings) AS spelling
    UNION ALL
    SELECT DISTINCT position, spelling, -1 FROM staged_links CROSS JOIN unnest(was_spellings) AS spelling
  ), changed AS (
    SELECT spelling, sum(uses) AS uses FROM said GROUP BY spelling HAVING sum(uses) <> 0
  )
  UPDATE tag_spellings t SET uses = t.uses + changed.uses FROM changed WHERE t.spelling = changed.spelling`;

export const DROP_UNUSED_SPELLINGS = sql`
  DELETE FROM tag_spellings WHERE uses = 0 AND EXISTS (SELECT FROM staged_links WHERE is_known)`;

/** A tag is called by its commonest spelling; of equally common ones, by the first in the order of bytes. */
export const COUNT_TAGS = sql`
  WITH listed AS (
    SELECT unnest(l.tag_ids) AS tag_id, 1 AS papers, p.upvote_count AS upvotes
    FROM staged_links l JOIN papers p ON p.id = l.paper_id
    UNION ALL
    SELECT unnest(was_tag_ids), -1, -was_upvotes FROM staged_links
  ), changed AS (
    SELECT tag_id, sum(papers) AS papers, sum(upvotes) AS upvotes, (
      SELECT spelling FROM tag_spellings s WHERE s.tag_id = listed.tag_id ORDER BY uses DESC, spelling COLLATE "C" LIMIT 1
    ) AS name FROM listed GROUP BY tag_id
  )
  UPDATE tags t SET
    paper_count = t.paper_count + c.papers, upvote_count = t.upvote_count + c.upvotes, name = coalesce(c.name, t.name)
  FROM changed c WHERE t.id = c.tag_id AND (c.papers <> 0 OR c.upvotes <> 0 OR c.name <> t.name)`;

export const COUNT_ORGANISATIONS = sql`
  WITH listed AS (
    SELECT unnest(l.organisation_ids) AS organisation_id, 1 AS papers, p.upvote_count AS upvotes
    FROM staged_links l JOIN papers p ON p.id = l.paper_id
    UNION ALL
    SELECT unnest(was_organisation_ids), -1, -was_upvotes FROM staged_links
  ), changed AS (
    SELECT organisation_id, sum(papers) AS papers, sum(upvotes) AS upvotes FROM listed GROUP BY organisation_id
  )
  UPDATE organisations o SET paper_count = o.paper_count + c.papers, upvote_count = o.upvote_count + c.upvotes
  FROM changed c WHERE o.id = c.organisation_id AND (c.papers <> 0 OR c.upvotes <> 0)`;

export const NAME_TITLES = sql`
  INSERT INTO staged_names
  SELECT p.title_key, 1 FROM staged_links l JOIN papers p ON p.id = l.paper_id WHERE NOT l.is_known
  UNION ALL
  SELECT unnest(ARRAY[left(name_key(s.title), 200), p.title_key]), unnest(ARRAY[1, -1])
  FROM staged_papers s JOIN papers p ON p.id = s.known_id WHERE s.title <> p.title`;

/** SQL: whether suggestions are made of a `word`: 3 to 40 letters and digits, not digits alone. */
export const IS_SUGGESTED = sql`
  length(word) BETWEEN 3 AND 40 AND word ~ '^[[:alnum:]]*[[:alpha:]][[:alnum:]]*$'`;

/** A word counts once for each title, tag, organisation and author that has it. */
export const COUNT_WORDS = sql`
  WITH changed_names AS (
    SELECT name_key, sum(uses) AS uses FROM staged_names GROUP BY name_key HAVING sum(uses) <> 0
  ), changed AS (
    SELECT word, sum(uses) AS uses
    FROM changed_names CROSS JOIN unnest(tsvector_to_array(to_tsvector('simple', name_key))) AS word
    WHERE ${IS_SUGGESTED}
    GROUP BY word HAVING sum(uses) <> 0
  )
  INSERT INTO search_words AS w (word, uses) SELECT word, uses FROM changed ORDER BY word
  ON CONFLICT (word) DO UPDATE SET uses = w.uses + excluded.uses`;

export const DROP_UNUSED_WORDS = sql`
  DELETE FROM search_words WHERE uses = 0 AND EXISTS (SELECT FROM staged_names WHERE uses < 0)`;
