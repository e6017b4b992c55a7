import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";

/*
 * Ranking reads every paper that it ranks, some microseconds each, so a word that half of all papers have cannot be
 * ranked whole at a million papers. Such searches rank the best-known papers that match ("champion lists" or a "tiered
 * index" in the literature, e.g. Manning, Raghavan & Schütze, Introduction to Information Retrieval, 7.1), and what
 * follows them comes unranked. Each tier holds the smaller ones and has a GIN index of its own.
 */

/** Papers of the tiers 0, 1, 2: a search takes the smallest one that holds enough of its matches. */
const TIER_SIZES = [2_000, 12_000, 72_000];
/** The tier of all others. */
const REST = TIER_SIZES.length;
/** Tiers of more than this share of all papers save nothing. */
const LARGEST_SHARE = 0.25;

export const LARGEST_TIER = REST - 1;

/** Matches that a tier must hold to be ranked in place of all of them: ten pages. */
export const ENOUGH_RANKED = 200;
/** Searches that no more papers can match are ranked whole without a look. */
export const RANKED_WHOLE = 5_000;
/** The tiers, smallest first. */
export const TIERS: readonly number[] = TIER_SIZES.map((_, tier) => tier);

const FAME = sql`ln(1 + greatest(upvote_count, 0)) + ln(1 + greatest(coalesce(citation_count, 0), 0)) / 2
  + ln(1 + greatest(coalesce(code_stars, 0), 0)) / 4`;
const ORDER = sql`${FAME} DESC, published_at DESC, id DESC`;

/** SQL: the papers that may be in a tier, as `id` and the `tier` that each belongs to by now. */
export const TIERED_PAPERS = sql`
  SELECT id, CASE ${join(TIER_SIZES.map(tierSql), " ")} ELSE ${REST}::smallint END AS tier
  FROM (SELECT id, row_number() OVER (ORDER BY ${ORDER}) AS place FROM papers
        ORDER BY ${ORDER} LIMIT ${raw(String(TIER_SIZES.at(-1)))}) placed,
       (SELECT count(*) * ${LARGEST_SHARE}::double precision AS most FROM papers) total`;

/**
 * Puts papers into the tiers that they belong to by now: by upvotes, citations and stars, each as a logarithm, an
 * upvote being worth the most; among equals by date. Only rows that change their tier are written.
 */
export async function refreshTiers(db: Database): Promise<void> {
  // A full join is never a nested loop, whatever the planner knows: after a first import it knows nothing yet.
  await db.query(
    "search.refreshTiers",
    sql`UPDATE paper_search s SET tier = changed.tier
        FROM (SELECT id, coalesce(known.tier, ${REST}::smallint) AS tier
              FROM (${TIERED_PAPERS}) known
              FULL JOIN (SELECT paper_id AS id, tier FROM paper_search WHERE tier < ${raw(String(REST))}) before USING (id)
              WHERE coalesce(known.tier, ${REST}::smallint) <> coalesce(before.tier, ${REST}::smallint)) changed
        WHERE s.paper_id = changed.id`,
  );
}

function tierSql(size: number, tier: number): Sql {
  return sql`WHEN place <= ${size}::bigint AND ${size}::double precision <= most THEN ${tier}::smallint`;
}

/** @returns whether there are tiers in so many papers. */
export function areTiered(papers: number): boolean {
  return TIER_SIZES.some((size) => size <= papers * LARGEST_SHARE);
}

/** @returns the condition over `alias` that a partial index has, so that the index serves it. */
export function inTier(alias: string, tier: number): Sql {
  return raw(`${alias}.tier <= ${tier}`);
}
