import sql, { raw, type Sql } from "sql-template-tag";
import { searchVector, spellingsOf } from "../import/merge/search-vector.js";
import { importedAnew, type Check } from "./check.js";
import { DERIVED_CHECKS } from "./derived-checks.js";
import { LINK_CHECKS } from "./link-checks.js";
import { SCHEMA_CHECKS } from "./schema-checks.js";

const UPVOTES_OF = sql`(SELECT count(*) FROM upvotes u WHERE u.paper_id = p.id)`;
const COMMENTS_OF = sql`(SELECT count(*) FROM comments c WHERE c.paper_id = p.id AND c.deleted_at IS NULL)`;

const paperCounter = (column: string, counted: Sql, truth: Sql, about: string): Check => ({
  name: `papers.${column}`,
  about,
  wrong: sql`SELECT p.id, format('%s: %s in place of %s', p.external_id, p.${raw(column)}, coalesce(truth.n, 0)) AS example
    FROM papers p LEFT JOIN (${counted}) truth ON truth.paper_id = p.id
    WHERE p.${raw(column)} <> coalesce(truth.n, 0)`,
  repair: (ids) => sql`UPDATE papers p SET ${raw(column)} = ${truth} WHERE p.id = ANY(${ids})`,
});

/** Papers that name a tag, organisation or author, and their upvotes but those that are still to be added. */
const listing = (ids: string) => sql`
  SELECT link.id, count(*)::integer AS papers, sum(p.upvote_count - coalesce(pending.delta, 0))::bigint AS upvotes
  FROM paper_search s CROSS JOIN LATERAL (SELECT DISTINCT unnest(s.${raw(ids)}) AS id) link
  JOIN papers p ON p.id = s.paper_id
  LEFT JOIN (SELECT paper_id, sum(delta) AS delta FROM upvote_changes GROUP BY paper_id) pending ON pending.paper_id = p.id`;

const namedCounter = (
  table: "tags" | "organisations" | "authors",
  column: "paper_count" | "upvote_count",
  about: string,
): Check => {
  const ids = `${table.slice(0, -1)}_ids`;
  const truth = raw(column === "paper_count" ? "papers" : "upvotes");
  const label = raw(table === "authors" ? "name" : "slug");
  return {
    name: `${table}.${column}`,
    about,
    wrong: sql`SELECT t.id, format('%s: %s in place of %s', t.${label}, t.${raw(column)}, coalesce(truth.${truth}, 0)) AS example
      FROM ${raw(table)} t LEFT JOIN (${listing(ids)} GROUP BY link.id) truth ON truth.id = t.id
      WHERE t.${raw(column)} <> coalesce(truth.${truth}, 0)`,
    repair: (keys) => sql`UPDATE ${raw(table)} t SET ${raw(column)} = coalesce(truth.${truth}, 0)
      FROM unnest(${keys}::integer[]) AS wrong(id)
      LEFT JOIN (${listing(ids)} WHERE s.${raw(ids)} && ${keys}::integer[] GROUP BY link.id) truth ON truth.id = wrong.id
      WHERE t.id = wrong.id`,
    locksSums: true,
  };
};

const VECTOR = searchVector({
  title: sql`p.title`,
  abstract: sql`t.abstract`,
  spellings: spellingsOf(sql`t.keywords`, sql`t.source`),
  organisationIds: sql`s.organisation_ids`,
  authorIds: sql`s.author_ids`,
});
const SEARCHED = sql`paper_search s JOIN papers p ON p.id = s.paper_id LEFT JOIN paper_texts t ON t.paper_id = p.id`;

/** In this order: what is repaired first is what later ones count. */
export const CHECKS: readonly Check[] = [
  ...SCHEMA_CHECKS,
  {
    name: "papers.texts",
    about: "Papers without a row of texts: an empty one is made; import them again.",
    wrong: sql`SELECT p.id, p.external_id AS example FROM papers p
      WHERE NOT EXISTS (SELECT FROM paper_texts t WHERE t.paper_id = p.id)`,
    repair: (ids) => sql`${importedAnew(ids)}
      INSERT INTO paper_texts (paper_id) SELECT unnest(${ids}::integer[]) ON CONFLICT DO NOTHING`,
  },
  {
    name: "papers.search",
    about: "Papers that no search finds. What they name is made anew when they are imported again.",
    wrong: sql`SELECT p.id, p.external_id AS example FROM papers p
      WHERE NOT EXISTS (SELECT FROM paper_search s WHERE s.paper_id = p.id)`,
    repair: (ids) => sql`${importedAnew(ids)}
      INSERT INTO paper_search (paper_id, tsv) SELECT unnest(${ids}::integer[]), '' ON CONFLICT DO NOTHING`,
  },
  ...LINK_CHECKS,
  {
    name: "paper_search.published_at",
    about: "Copies of dates that are not those of the papers.",
    wrong: sql`SELECT s.paper_id AS id, p.external_id AS example FROM paper_search s JOIN papers p ON p.id = s.paper_id
      WHERE s.published_at IS DISTINCT FROM p.published_at`,
    repair: (ids) => sql`UPDATE paper_search s SET published_at = p.published_at FROM papers p
      WHERE p.id = s.paper_id AND s.paper_id = ANY(${ids})`,
  },
  {
    name: "paper_search.tsv",
    about:
      "Papers that searches find by other words than theirs, or whose lists of organisations or authors were changed. The words are made anew from the lists; the next import of these papers reads both anew.",
    wrong: sql`SELECT s.paper_id AS id, p.external_id AS example FROM ${SEARCHED} WHERE s.tsv <> ${VECTOR}`,
    repair: (ids) => sql`${importedAnew(ids)} UPDATE paper_search o SET tsv = made.tsv
      FROM (SELECT s.paper_id, ${VECTOR} AS tsv FROM ${SEARCHED} WHERE s.paper_id = ANY(${ids})) made
      WHERE o.paper_id = made.paper_id`,
  },
  paperCounter(
    "upvote_local",
    sql`SELECT paper_id, count(*) AS n FROM upvotes GROUP BY paper_id`,
    UPVOTES_OF,
    "Papers whose upvotes are not the rows of upvotes.",
  ),
  paperCounter(
    "comment_local",
    sql`SELECT paper_id, count(*) AS n FROM comments WHERE deleted_at IS NULL GROUP BY paper_id`,
    COMMENTS_OF,
    "Papers whose comments are not the rows of comments.",
  ),
  {
    name: "papers.author_count",
    about: "Papers that count fewer authors than they name.",
    wrong: sql`SELECT p.id, format('%s: %s in place of %s', p.external_id, p.author_count, cardinality(s.author_ids)) AS example
      FROM papers p JOIN paper_search s ON s.paper_id = p.id WHERE p.author_count < cardinality(s.author_ids)`,
    repair: (ids) => sql`UPDATE papers p SET author_count = cardinality(s.author_ids) FROM paper_search s
      WHERE s.paper_id = p.id AND p.id = ANY(${ids})`,
  },
  namedCounter("tags", "paper_count", "Tags whose papers are counted wrongly."),
  namedCounter("organisations", "paper_count", "Organisations whose papers are counted wrongly."),
  namedCounter("authors", "paper_count", "Authors whose papers are counted wrongly."),
  namedCounter("tags", "upvote_count", "Tags whose sums of upvotes are wrong."),
  namedCounter("organisations", "upvote_count", "Organisations whose sums of upvotes are wrong."),
  ...DERIVED_CHECKS,
];
