import type { Client } from "pg";
import type { Question } from "./measure.js";

/** What is asked about the whole catalogue, beside the SQL that a user would write for it. */
export interface AnalyticalQuestion extends Question {
  /** Milliseconds that are aimed at, of the first time it is asked. */
  target: number | null;
  /** The plain SQL for the same answer, over the schema analytics. */
  plain: string;
}

/** Of the papers that match a search, as a page with a sidebar asks. */
export const SIDEBAR = `query ($search: String, $filter: PaperFilter) { papers(search: $search, filter: $filter) {
  facets { tags(first: 10) { tag { slug } count } organisations(first: 10) { organisation { slug } count } years(first: 10) { value count } venues(first: 10) { value count } }
  stats { count upvotes { sum avg median p90 } comments { sum } distinctTags distinctOrganisations firstPublishedAt lastPublishedAt } } }`;

const question = (label: string, query: string, plain: string, target: number | null = null) => ({
  ...{ family: "whole corpus", label, query, plain, target, variables: {} },
});

export const WHOLE_CORPUS: readonly AnalyticalQuestion[] = [
  question(
    "groups tag × year",
    "{ papers { groups(by: [TAG, YEAR], first: 50) { totalCount nodes { keys stats { count } } } } }",
    `SELECT t.slug, extract(year FROM p.published_on) AS year, count(*) FROM papers p
     JOIN paper_tags USING (paper_id) JOIN tags t USING (tag_id) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 50`,
    1_000,
  ),
  question(
    "groups tag × year, medians",
    "{ papers { groups(by: [TAG, YEAR], first: 50) { nodes { keys stats { count upvotes { avg median } } } } } }",
    `SELECT t.slug, extract(year FROM p.published_on) AS year, count(*), avg(p.upvotes),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY p.upvotes) FROM papers p
     JOIN paper_tags USING (paper_id) JOIN tags t USING (tag_id) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 50`,
  ),
  question(
    "groups organisation, by upvotes per paper",
    "{ papers { groups(by: [ORGANISATION], having: { count: { gte: 20 } }, orderBy: { by: UPVOTES_AVG }) { nodes { keys stats { count } } } } }",
    `SELECT o.slug, count(*) FROM papers p JOIN paper_organisations USING (paper_id)
     JOIN organisations o USING (organisation_id) GROUP BY 1 HAVING count(*) >= 20 ORDER BY avg(p.upvotes) DESC, 1 LIMIT 50`,
  ),
  question(
    "stats of everything",
    "{ papers { stats { count upvotes { sum median p90 } comments { sum median } distinctTags } } }",
    `SELECT count(*), sum(upvotes), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY upvotes), sum(comments),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY comments), (SELECT count(DISTINCT tag_id) FROM paper_tags) FROM papers`,
  ),
  question(
    "timeSeries by month",
    "{ papers { timeSeries(interval: MONTH) { points { start count upvotes } } } }",
    "SELECT date_trunc('month', published_on)::date, count(*), sum(upvotes) FROM papers GROUP BY 1 ORDER BY 1",
  ),
  question(
    "timeSeries by month, five tags",
    "{ papers { timeSeries(interval: MONTH, splitBy: TAG, splitFirst: 5) { key points { start count } } } }",
    `SELECT t.slug, date_trunc('month', p.published_on)::date, count(*) FROM papers p JOIN paper_tags USING (paper_id)
     JOIN tags t USING (tag_id) WHERE t.tag_id IN (SELECT tag_id FROM paper_tags GROUP BY 1 ORDER BY count(*) DESC LIMIT 5)
     GROUP BY 1, 2 ORDER BY 1, 2`,
  ),
  question(
    "trends of tags in a month",
    "{ trends(dimension: TAG, window: MONTH, first: 10) { key count previousCount score } }",
    `WITH last AS (SELECT max(published_on) AS day FROM papers)
     SELECT t.slug, count(*) FILTER (WHERE p.published_on > day - 31), count(*) FILTER (WHERE p.published_on <= day - 31)
     FROM last JOIN papers p ON p.published_on > day - 62 JOIN paper_tags USING (paper_id) JOIN tags t USING (tag_id)
     GROUP BY 1 ORDER BY count(*) FILTER (WHERE p.published_on > day - 31) DESC LIMIT 10`,
  ),
  question(
    "coOccurrences of tags",
    "{ coOccurrences(a: TAG, b: TAG, first: 10) { a b count lift } }",
    `SELECT x.slug, y.slug, count(*) FROM paper_tags a JOIN paper_tags b ON b.paper_id = a.paper_id AND b.tag_id > a.tag_id
     JOIN tags x ON x.tag_id = a.tag_id JOIN tags y ON y.tag_id = b.tag_id GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 10`,
  ),
  question(
    "coOccurrences of organisations and tags",
    "{ coOccurrences(a: ORGANISATION, b: TAG, first: 10) { a b count lift } }",
    `SELECT o.slug, t.slug, count(*) FROM paper_organisations JOIN paper_tags USING (paper_id)
     JOIN organisations o USING (organisation_id) JOIN tags t USING (tag_id) GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 10`,
  ),
];

const MATCHES = `SELECT p.* FROM papers p JOIN paper_search s USING (paper_id)
  WHERE s.tsv @@ plainto_tsquery('papergraph', $1)`;

/** The same as SIDEBAR, a statement for each part of it. */
export const SIDEBAR_PLAIN: readonly string[] = [
  `SELECT t.slug, count(*) FROM (${MATCHES}) p JOIN paper_tags USING (paper_id) JOIN tags t USING (tag_id) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
  `SELECT o.slug, count(*) FROM (${MATCHES}) p JOIN paper_organisations USING (paper_id) JOIN organisations o USING (organisation_id)
   GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
  `SELECT extract(year FROM p.published_on), count(*) FROM (${MATCHES}) p GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
  `SELECT p.venue, count(*) FROM (${MATCHES}) p GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`,
  `SELECT count(*), sum(upvotes), avg(upvotes), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY upvotes), sum(comments),
     min(published_at), max(published_at) FROM (${MATCHES}) p`,
  `SELECT count(DISTINCT tag_id) FROM (${MATCHES}) p JOIN paper_tags USING (paper_id)`,
  `SELECT count(DISTINCT organisation_id) FROM (${MATCHES}) p JOIN paper_organisations USING (paper_id)`,
];

/** @returns words that this share of the papers has, give or take a fifth, as ANALYZE counted them; always the same ones. */
export async function wordsIn(client: Client, share: number, count: number): Promise<string[]> {
  const { rows } = await client.query<{ word: string }>(
    `SELECT word FROM pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) AS known(word, freq)
     WHERE tablename = 'paper_search' AND attname = 'tsv' AND freq BETWEEN $1 AND $2 AND word ~ '^[a-z]{4,}$'
       AND ts_lexize('english_stem', word) = ARRAY[word]
     ORDER BY md5(word) LIMIT $3`,
    [share * 0.8, share * 1.2, count],
  );
  return rows.map(({ word }) => word);
}
