import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Indexes for searches that too many papers match to rank them all: over the best-known papers, in three sizes (see
 * search/tiers.ts), and over titles; and for filters that few papers pass. Papers enter their tiers with the next import.
 */
export class TierSearchRows1764000210000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE paper_search ADD COLUMN tier smallint NOT NULL DEFAULT 3, ADD COLUMN published_at timestamptz;
      COMMENT ON COLUMN paper_search.published_at IS 'A copy, kept by triggers: searches within years need not read papers.';
      UPDATE paper_search s SET published_at = p.published_at FROM papers p WHERE p.id = s.paper_id;

      CREATE FUNCTION copy_published_at() RETURNS trigger LANGUAGE plpgsql AS $fn$
        BEGIN
          IF TG_TABLE_NAME = 'papers' THEN
            UPDATE paper_search SET published_at = NEW.published_at WHERE paper_id = NEW.id;
          ELSE
            NEW.published_at := (SELECT published_at FROM papers WHERE id = NEW.paper_id);
          END IF;
          RETURN NEW;
        END $fn$;
      CREATE TRIGGER copy_published_at BEFORE INSERT ON paper_search FOR EACH ROW EXECUTE FUNCTION copy_published_at();
      CREATE TRIGGER copy_published_at AFTER UPDATE OF published_at ON papers FOR EACH ROW
        WHEN (NEW.published_at IS DISTINCT FROM OLD.published_at) EXECUTE FUNCTION copy_published_at();

      COMMENT ON COLUMN paper_search.tier IS 'How well-known the paper is: 0 is the smallest circle, 3 all the others.';
      CREATE INDEX paper_search_tier_0_idx ON paper_search USING gin (tsv) WHERE tier <= 0;
      CREATE INDEX paper_search_tier_1_idx ON paper_search USING gin (tsv) WHERE tier <= 1;
      CREATE INDEX paper_search_tier_2_idx ON paper_search USING gin (tsv) WHERE tier <= 2;
      CREATE INDEX paper_search_tier_idx ON paper_search (paper_id, tier) WHERE tier < 3;
      CREATE INDEX paper_search_published_at_idx ON paper_search (published_at);
      CREATE INDEX paper_search_title_idx ON paper_search USING gin (ts_filter(tsv, '{a}'));
      CREATE INDEX papers_with_code_idx ON papers (id) WHERE code_url IS NOT NULL;
      CREATE INDEX papers_with_project_idx ON papers (id) WHERE project_url IS NOT NULL;

      CREATE OR REPLACE VIEW paper_matches AS
        SELECT s.paper_id AS id, s.tag_ids, s.organisation_ids, s.author_ids, s.tsv, p.external_id, p.title_key,
               s.published_at, p.submitted_at, p.submitted_by, p.upvote_count, p.comment_count, p.trending, p.code_url,
               p.code_stars, p.project_url, p.venue, p.citation_count, s.tier
        FROM paper_search s LEFT JOIN papers p ON p.id = s.paper_id;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP VIEW paper_matches;
      CREATE VIEW paper_matches AS
        SELECT s.paper_id AS id, s.tag_ids, s.organisation_ids, s.author_ids, s.tsv, p.external_id, p.title_key,
               p.published_at, p.submitted_at, p.submitted_by, p.upvote_count, p.comment_count, p.trending, p.code_url,
               p.code_stars, p.project_url, p.venue, p.citation_count
        FROM paper_search s LEFT JOIN papers p ON p.id = s.paper_id;
      COMMENT ON VIEW paper_matches IS
        'What papers are found and ordered by, from the side of the search row: a search that uses nothing of papers never reads it.';
      DROP INDEX paper_search_tier_idx, paper_search_tier_0_idx, paper_search_tier_1_idx, paper_search_tier_2_idx, paper_search_title_idx,
        paper_search_published_at_idx;
      DROP INDEX papers_with_code_idx, papers_with_project_idx;
      DROP TRIGGER copy_published_at ON papers;
      DROP TRIGGER copy_published_at ON paper_search;
      DROP FUNCTION copy_published_at();
      ALTER TABLE paper_search DROP COLUMN tier, DROP COLUMN published_at;
    `);
  }
}
