import sql from "sql-template-tag";
import { PERSON_SOURCE } from "../../users/claims/person-source.js";

/** Papers and places name the person, or the user of this installation who claimed the person: then also the person. */

/** A line that tells authors tells all claims, too. */
export const WRITE_CLAIMS = sql`
  WITH said AS (
    SELECT l.paper_id, claimed.position::integer, coalesce(u.claimed_by, u.id) AS user_id,
      CASE WHEN u.claimed_by IS NOT NULL THEN u.id END AS person_id
    FROM staged_links l JOIN staged_papers s USING (position)
    CROSS JOIN unnest(s.claimants) WITH ORDINALITY AS claimed(handle, position)
    JOIN users u ON u.qualified_key = lower(${PERSON_SOURCE} || ':' || claimed.handle)
  ), ended AS (
    DELETE FROM author_claims c USING staged_links l JOIN staged_papers s USING (position)
    WHERE c.paper_id = l.paper_id AND s.authors IS NOT NULL
      AND NOT EXISTS (SELECT FROM said WHERE said.paper_id = c.paper_id AND said.position = c.position)
    RETURNING c.paper_id
  ), made AS (
    INSERT INTO author_claims AS c (paper_id, position, user_id, person_id)
    SELECT paper_id, position, user_id, person_id FROM said
    WHERE NOT EXISTS (SELECT FROM author_claims c WHERE (c.paper_id, c.position, c.user_id) = (said.paper_id, said.position, said.user_id)
      AND c.person_id IS NOT DISTINCT FROM said.person_id)
    ON CONFLICT (paper_id, position) DO UPDATE SET (user_id, person_id) = (excluded.user_id, excluded.person_id)
    RETURNING paper_id
  )
  INSERT INTO staged_changes SELECT paper_id FROM ended UNION ALL SELECT paper_id FROM made`;

/** The person beside papers.submitted_by, where that is the user who claimed the person. */
export const WRITE_CLAIMED_SUBMISSIONS = sql`
  WITH ended AS (
    DELETE FROM claimed_submissions c USING staged_links l JOIN staged_papers s USING (position)
    WHERE c.paper_id = l.paper_id AND s.submitter IS NOT NULL AND l.submitter_person IS NULL
  )
  INSERT INTO claimed_submissions AS c (paper_id, person_id)
  SELECT paper_id, submitter_person FROM staged_links WHERE submitter_person IS NOT NULL
  ON CONFLICT (paper_id) DO UPDATE SET person_id = excluded.person_id WHERE c.person_id <> excluded.person_id`;
