import type { MigrationInterface, QueryRunner } from "typeorm";

const PAPERS = `SELECT p.id AS paper_id, p.external_id AS id, p.title AS title, t.abstract AS abstract, t.ai_summary AS ai_summary,
    p.published_at AS published_at, (p.published_at AT TIME ZONE 'UTC')::date AS published_on,
    p.submitted_at AS submitted_at, (p.submitted_at AT TIME ZONE 'UTC')::date AS submitted_on,
    p.upvote_count AS upvotes, p.comment_count AS comments, p.citation_count AS citations, p.venue AS venue,
    p.author_count AS author_count, p.code_url AS code_url, p.code_stars AS code_stars, p.project_url AS project_url`;
const FROM = "FROM public.papers p LEFT JOIN public.paper_texts t ON t.paper_id = p.id";

const LISTS: [kind: string, view: string, things: string][] = [
  ["tag", "paper_tags", "tags"],
  ["organisation", "paper_organisations", "organisations"],
  ["author", "paper_authors", "authors' names"],
];

/** Views have no constraints to show, so their comments name the keys. */
const KEYS: [view: string, about: string, key: string][] = [
  ["papers", "Papers, one row each.", "Keys: paper_id; id."],
  ["tags", "Tags, one row each.", "Keys: tag_id; slug."],
  ["organisations", "Organisations, one row each.", "Keys: organisation_id; slug."],
  ["authors", "Names of authors, one row each: people of the same name are one.", "Keys: author_id; name."],
  [
    "paper_tags",
    "Which paper has which tags, one row a pair.",
    "Key: paper_id, tag_id. Refers to papers and tags. Found by paper_id; for the papers of a tag use papers.tag_ids.",
  ],
  [
    "paper_organisations",
    "Which paper is of which organisations, one row a pair.",
    "Key: paper_id, organisation_id. Refers to papers and organisations. Found by paper_id; for the papers of an organisation use papers.organisation_ids.",
  ],
  [
    "paper_authors",
    "Which paper is by whom, one row a place in a paper's list of authors.",
    "Key: paper_id, position. Refers to papers and authors. Found by paper_id; for the papers of an author use papers.author_ids.",
  ],
  [
    "daily_upvotes",
    "Upvotes given here that still stand, by paper and day; days without any have no row. Those that came with the import have no day and are in papers.upvotes alone.",
    "Key: paper_id, day. Refers to papers.",
  ],
  [
    "daily_comments",
    "Comments written here and not deleted, by paper and day; days without any have no row.",
    "Key: paper_id, day. Refers to papers.",
  ],
];

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * A view that takes lists apart has no index for who looks for a tag: it reads all papers. The lists themselves have
 * one (GIN), so the view of papers shows them. A query that does not name them does not read them.
 */
export class IndexAnalyticsLookups1764006000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    const lists = LISTS.map(([kind]) => `s.${kind}_ids AS ${kind}_ids`).join(", ");
    await db.query(
      `CREATE OR REPLACE VIEW analytics.papers AS ${PAPERS}, ${lists} ${FROM} LEFT JOIN public.paper_search s ON s.paper_id = p.id`,
    );
    for (const [kind, view, things] of LISTS)
      await db.query(
        `COMMENT ON COLUMN analytics.papers.${kind}_ids IS ${quoted(
          `Numbers of the ${things}, in the paper's order, as in ${view}. Has an index: WHERE ${kind}_ids @> ARRAY[…].`,
        )}`,
      );
    for (const [view, about, key] of KEYS)
      await db.query(`COMMENT ON VIEW analytics.${view} IS ${quoted(`${about} ${key}`)}`);
  }

  async down(db: QueryRunner): Promise<void> {
    // A view loses columns only by being made anew, and with it who may read it.
    const grants = (await db.query(
      `SELECT a.grantee::regrole::text AS role FROM pg_class c, aclexplode(c.relacl) a
       WHERE c.oid = 'analytics.papers'::regclass AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, c.relowner)`,
    )) as { role: string }[];
    const comments = (await db.query(
      `SELECT attname AS name, col_description(attrelid, attnum) AS about FROM pg_attribute
       WHERE attrelid = 'analytics.papers'::regclass AND attnum BETWEEN 1 AND 17`,
    )) as { name: string; about: string }[];
    await db.query(`DROP VIEW analytics.papers; CREATE VIEW analytics.papers AS ${PAPERS} ${FROM};`);
    for (const { role } of grants) await db.query(`GRANT SELECT ON analytics.papers TO ${role}`);
    for (const { name, about } of comments)
      await db.query(`COMMENT ON COLUMN analytics.papers.${name} IS ${quoted(about)}`);
    for (const [view, about] of KEYS) await db.query(`COMMENT ON VIEW analytics.${view} IS ${quoted(about)}`);
  }
}
