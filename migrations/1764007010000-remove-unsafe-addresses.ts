import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Addresses that are no web addresses, such as `javascript:…`, are no longer taken from imports; those that were taken
 * before are removed. Only the rows that have one are written. Paths on the source's site stay where they are avatars.
 */
export class RemoveUnsafeAddresses1764007010000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE papers SET
        code_url = CASE WHEN code_url ~* '^https?://[^/[:space:]]' THEN code_url END,
        project_url = CASE WHEN project_url ~* '^https?://[^/[:space:]]' THEN project_url END
      WHERE code_url !~* '^https?://[^/[:space:]]' OR project_url !~* '^https?://[^/[:space:]]';

      UPDATE paper_texts SET
        thumbnail_url = CASE WHEN thumbnail_url ~* '^https?://[^/[:space:]]' THEN thumbnail_url END,
        media_urls = ARRAY(SELECT url FROM unnest(media_urls) WITH ORDINALITY AS media(url, place)
                           WHERE url ~* '^https?://[^/[:space:]]' ORDER BY place)
      WHERE thumbnail_url !~* '^https?://[^/[:space:]]'
        OR (media_urls <> '{}' AND EXISTS (
          SELECT FROM unnest(media_urls) AS url WHERE url !~* '^https?://[^/[:space:]]'));

      UPDATE users SET avatar_url = NULL WHERE avatar_url !~* '^(https?://[^/[:space:]]|/(?![/\\\\]))';
      UPDATE organisations SET avatar_url = NULL WHERE avatar_url !~* '^(https?://[^/[:space:]]|/(?![/\\\\]))';
    `);
  }

  /** What was removed is not to come back. */
  async down(): Promise<void> {
    // Nothing to do.
  }
}
