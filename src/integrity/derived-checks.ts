import sql from "sql-template-tag";
import { IS_SUGGESTED } from "../import/merge/merge-counts.js";
import { refreshTiers, TIERED_PAPERS } from "../search/ranking/tiers.js";
import type { Check } from "./check.js";

/** The words that suggestions are made of, counted anew. */
const WORDS = sql`
  SELECT word, count(*)::integer AS uses FROM (
    SELECT title_key FROM papers
    UNION ALL SELECT name_key FROM authors
    UNION ALL SELECT name_key(slug) FROM tags
    UNION ALL SELECT name_key(concat_ws(' ', slug, name)) FROM organisations
  ) AS names(key) CROSS JOIN unnest(tsvector_to_array(to_tsvector('simple', key))) AS word
  WHERE ${IS_SUGGESTED} GROUP BY word`;

/** What is made of papers and their names for searches. */
export const DERIVED_CHECKS: readonly Check[] = [
  {
    name: "search_words",
    about: "Words for suggestions that are missing, or counted wrongly.",
    wrong: sql`SELECT row_number() OVER (ORDER BY word) AS id,
        format('%s: %s in place of %s', word, coalesce(w.uses, 0), coalesce(truth.uses, 0)) AS example
      FROM search_words w FULL JOIN (${WORDS}) AS truth USING (word) WHERE w.uses IS DISTINCT FROM truth.uses`,
    repair: null,
    repairAll: async (tx) => {
      await tx.query(
        "check.countWords",
        sql`WITH truth AS MATERIALIZED (${WORDS}), gone AS (
              DELETE FROM search_words w WHERE NOT EXISTS (SELECT FROM truth WHERE truth.word = w.word)
            )
            INSERT INTO search_words AS w (word, uses) SELECT word, uses FROM truth ORDER BY word
            ON CONFLICT (word) DO UPDATE SET uses = excluded.uses WHERE w.uses <> excluded.uses`,
      );
    },
  },
  {
    // Upvotes move papers between two imports: a tenth of a tier may be out of date, its size may not.
    name: "paper_search.tier",
    about:
      "Tiers of well-known papers, which searches for common words look into, that are incomplete or out of date.",
    wrong: sql`SELECT tier AS id, format('tier %s: %s papers in place of %s, %s of them missing',
          tier, coalesce(stored.papers, 0), coalesce(truth.papers, 0), coalesce(truth.missing, 0)) AS example
      FROM (
        SELECT known.tier, count(*) AS papers, count(*) FILTER (WHERE s.tier <> known.tier) AS missing
        FROM (${TIERED_PAPERS}) AS known JOIN paper_search s ON s.paper_id = known.id WHERE known.tier < 3 GROUP BY known.tier
      ) AS truth FULL JOIN (
        SELECT tier, count(*) AS papers FROM paper_search WHERE tier < 3 GROUP BY tier
      ) AS stored USING (tier)
      WHERE stored.papers IS DISTINCT FROM truth.papers OR truth.missing > truth.papers / 10`,
    repair: null,
    repairAll: refreshTiers,
  },
  {
    name: "names_version",
    about: "The number that tells servers that a name has changed is missing, or there is more than one.",
    wrong: sql`SELECT 1 AS id, format('%s rows', count(*)) AS example FROM names_version HAVING count(*) <> 1`,
    repair: null,
    repairAll: async (tx) => {
      await tx.query("check.clearVersion", sql`DELETE FROM names_version`);
      // Servers remember names by numbers that were there: this one is larger than any of them.
      await tx.query(
        "check.putVersion",
        sql`INSERT INTO names_version VALUES (extract(epoch FROM now())::bigint)`,
      );
    },
  },
];
