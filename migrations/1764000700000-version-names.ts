import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * One number that changes with every change of a tag, an organisation or an author that was there before. Whoever reads
 * a paper reads it with it (names_version), and knows whether the names that it remembers are still true: see
 * papers/link.store.ts.
 */
export class VersionNames1764000700000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE names_version (version bigint NOT NULL);
      CREATE UNIQUE INDEX names_version_one_row ON names_version ((true));
      INSERT INTO names_version VALUES (1);
      COMMENT ON TABLE names_version IS
        'One row. Its number changes in the transaction that changes a tag, an organisation or an author, by triggers.';

      CREATE FUNCTION change_names_version() RETURNS trigger LANGUAGE plpgsql AS $fn$
        BEGIN
          UPDATE names_version SET version = version + 1;
          RETURN NULL;
        END $fn$;
      CREATE TRIGGER change_names_version AFTER UPDATE OF slug, name, paper_count OR DELETE OR TRUNCATE ON tags
        FOR EACH STATEMENT EXECUTE FUNCTION change_names_version();
      CREATE TRIGGER change_names_version
        AFTER UPDATE OF slug, name, paper_count, avatar_url, source_id OR DELETE OR TRUNCATE ON organisations
        FOR EACH STATEMENT EXECUTE FUNCTION change_names_version();
      CREATE TRIGGER change_names_version AFTER UPDATE OF name OR DELETE OR TRUNCATE ON authors
        FOR EACH STATEMENT EXECUTE FUNCTION change_names_version();

      CREATE OR REPLACE VIEW paper_records AS
        SELECT p.*, t.abstract, t.ai_summary, t.keywords, t.media_urls, t.thumbnail_url, t.source,
               s.tag_ids, s.organisation_ids, s.author_ids, s.tsv, (SELECT version FROM names_version) AS names_version
        FROM papers p LEFT JOIN paper_texts t ON t.paper_id = p.id LEFT JOIN paper_search s ON s.paper_id = p.id;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP VIEW paper_records;
      CREATE VIEW paper_records AS
        SELECT p.*, t.abstract, t.ai_summary, t.keywords, t.media_urls, t.thumbnail_url, t.source,
               s.tag_ids, s.organisation_ids, s.author_ids, s.tsv
        FROM papers p LEFT JOIN paper_texts t ON t.paper_id = p.id LEFT JOIN paper_search s ON s.paper_id = p.id;
      COMMENT ON VIEW paper_records IS
        'A paper whole. The left joins let the planner leave out the parts that a statement does not use.';
      DROP TRIGGER change_names_version ON tags;
      DROP TRIGGER change_names_version ON organisations;
      DROP TRIGGER change_names_version ON authors;
      DROP FUNCTION change_names_version();
      DROP TABLE names_version;
    `);
  }
}
