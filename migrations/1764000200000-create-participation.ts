import type { MigrationInterface, QueryRunner } from "typeorm";

/** What readers do: upvotes, comments, access tokens. */
export class CreateParticipation1764000200000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE access_tokens (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        user_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
        name text NOT NULL,
        hash bytea NOT NULL CONSTRAINT access_tokens_hash_key UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz
      );
      CREATE INDEX access_tokens_user_id_idx ON access_tokens (user_id);
      COMMENT ON COLUMN access_tokens.hash IS 'SHA-256 of the secret; the secret itself is kept nowhere.';

      CREATE TABLE upvotes (
        user_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
        paper_id integer NOT NULL REFERENCES papers ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, paper_id)
      );
      CREATE INDEX upvotes_paper_id_idx ON upvotes (paper_id);
      CREATE INDEX upvotes_user_id_created_at_idx ON upvotes (user_id, created_at, paper_id);

      CREATE TABLE upvote_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        paper_id integer NOT NULL,
        delta smallint NOT NULL
      );
      COMMENT ON TABLE upvote_changes IS
        'Upvotes not yet added to tags.upvote_count and organisations.upvote_count. An upvote must not wait for the lock of a tag that half of all papers have, so it only leaves a row here; see upvotes/fold-upvote-changes.ts.';

      CREATE TABLE comments (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        paper_id integer NOT NULL REFERENCES papers ON DELETE CASCADE,
        author_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
        parent_id integer REFERENCES comments ON DELETE CASCADE,
        body text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        CHECK ((body IS NULL) = (deleted_at IS NOT NULL))
      );
      CREATE INDEX comments_paper_id_idx ON comments (paper_id, id) WHERE parent_id IS NULL;
      CREATE INDEX comments_parent_id_idx ON comments (parent_id, id) WHERE parent_id IS NOT NULL;
      CREATE INDEX comments_author_id_idx ON comments (author_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE comments, upvote_changes, upvotes, access_tokens;`);
  }
}
