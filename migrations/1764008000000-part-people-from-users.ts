import type { MigrationInterface, QueryRunner } from "typeorm";

/** Rows of `users` that belong to people who use this installation. */
const USES_THIS_INSTALLATION = `(
  u.is_admin
  OR EXISTS (SELECT FROM access_tokens t WHERE t.user_id = u.id)
  OR EXISTS (SELECT FROM user_identities i WHERE i.user_id = u.id)
  OR EXISTS (SELECT FROM upvotes v WHERE v.user_id = u.id)
  OR EXISTS (SELECT FROM comments c WHERE c.author_id = u.id))`;

/** Submissions made here are stamped to the microsecond by now(); imported ones come in whole milliseconds. */
const IS_IMPORTED = "(p.submitted_at = date_trunc('milliseconds', p.submitted_at)) IS NOT FALSE";

/** Rows of `users` that an import wrote. */
const WAS_IMPORTED = `(
  u.source IS NOT NULL
  OR u.avatar_url IS NOT NULL
  OR EXISTS (SELECT FROM author_claims a WHERE a.user_id = u.id)
  OR EXISTS (SELECT FROM papers p WHERE p.submitted_by = u.id AND ${IS_IMPORTED}))`;

/**
 * People of a source (who submitted or wrote imported papers) and users of this installation (who hold tokens, identities,
 * upvotes, comments) share the table and the name space of `users`, so that a submitter is one number and a name is one
 * row; `imported_from` tells them apart. Foreign keys on (id, is_local) keep tokens and identities from imported people.
 */
export class PartPeopleFromUsers1764008000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users
        ADD COLUMN imported_from text,
        ADD COLUMN handle text,
        ADD COLUMN claimed_by integer CONSTRAINT users_claimed_by_fkey REFERENCES users ON DELETE SET NULL,
        ADD COLUMN qualified_key text GENERATED ALWAYS AS (lower(imported_from || ':' || handle)) STORED
          CONSTRAINT users_qualified_key UNIQUE,
        ADD COLUMN is_local boolean GENERATED ALWAYS AS (imported_from IS NULL) STORED,
        ADD CONSTRAINT users_id_is_local_key UNIQUE (id, is_local);
      CREATE INDEX users_claimed_by_idx ON users (claimed_by) WHERE claimed_by IS NOT NULL;
      COMMENT ON TABLE users IS 'Users of this installation, and people whom an import named (imported_from).';
      COMMENT ON COLUMN users.imported_from IS 'The source that named the person; null for a user of this installation.';
      COMMENT ON COLUMN users.handle IS 'The person''s name in the source. username is the same, or "source:handle" where a user of this installation has that name.';
      COMMENT ON COLUMN users.claimed_by IS 'The user of this installation who is this person, as an administrator or the identity provider says.';
      COMMENT ON COLUMN users.source IS 'What the import said of the person beyond the columns, as it said it.';

      -- A paper whose imported submitter was claimed: papers.submitted_by is the user, here is the person.
      CREATE TABLE claimed_submissions (
        paper_id integer PRIMARY KEY REFERENCES papers ON DELETE CASCADE,
        person_id integer NOT NULL REFERENCES users
      );
      CREATE INDEX claimed_submissions_person_id_idx ON claimed_submissions (person_id);
      COMMENT ON TABLE claimed_submissions IS 'Which person submitted a paper, where papers.submitted_by is the user who claimed the person.';
      ALTER TABLE author_claims ADD COLUMN person_id integer CONSTRAINT author_claims_person_id_fkey REFERENCES users;
      CREATE INDEX author_claims_person_id_idx ON author_claims (person_id) WHERE person_id IS NOT NULL;
      COMMENT ON COLUMN author_claims.person_id IS 'The person whom the source named, where user_id is the user who claimed the person.';
    `);
    await db.query(`
      UPDATE users u SET imported_from = 'huggingface', handle = u.username,
        username = CASE WHEN u.username LIKE '%:%' THEN 'huggingface:' || u.username ELSE u.username END
      WHERE NOT ${USES_THIS_INSTALLATION} AND (u.full_name IS NOT NULL OR ${WAS_IMPORTED});

      CREATE TEMP TABLE both_at_once ON COMMIT DROP AS
        SELECT u.id, nextval(pg_get_serial_sequence('users', 'id'))::integer AS person_id
        FROM users u WHERE u.is_local AND ${USES_THIS_INSTALLATION} AND ${WAS_IMPORTED};
      INSERT INTO users (id, username, imported_from, handle, full_name, avatar_url, source, created_at)
        OVERRIDING SYSTEM VALUE
        SELECT b.person_id, 'huggingface:' || u.username, 'huggingface', u.username, u.full_name, u.avatar_url, u.source, u.created_at
        FROM both_at_once b JOIN users u USING (id);
      UPDATE users u SET full_name = NULL, avatar_url = NULL, source = NULL FROM both_at_once b WHERE u.id = b.id;
      UPDATE papers p SET submitted_by = b.person_id FROM both_at_once b WHERE p.submitted_by = b.id AND ${IS_IMPORTED};
      UPDATE author_claims a SET user_id = b.person_id FROM both_at_once b WHERE a.user_id = b.id;

      -- A colon parts the source from the handle: no user of this installation has one.
      UPDATE users u SET username = replace(u.username, ':', '-') || '-' || u.id WHERE u.is_local AND u.username LIKE '%:%';
    `);
    await db.query(`
      ALTER TABLE users
        ADD CONSTRAINT users_person_check CHECK (
          (imported_from IS NULL) = (handle IS NULL) AND (imported_from IS NULL OR NOT is_admin)
          AND (claimed_by IS NULL OR imported_from IS NOT NULL)),
        ADD CONSTRAINT users_username_check CHECK (username NOT LIKE '%:%' OR coalesce(lower(username) = qualified_key, false));
      ALTER TABLE access_tokens
        ADD COLUMN user_is_local boolean NOT NULL DEFAULT true CHECK (user_is_local),
        ADD CONSTRAINT access_tokens_local_user_fkey FOREIGN KEY (user_id, user_is_local) REFERENCES users (id, is_local) ON DELETE CASCADE;
      -- Comments of a deleted user keep their place without one.
      ALTER TABLE comments ALTER COLUMN author_id DROP NOT NULL,
        ADD CONSTRAINT comments_author_check CHECK (author_id IS NOT NULL OR deleted_at IS NOT NULL);
      ALTER TABLE user_identities
        ADD COLUMN user_is_local boolean NOT NULL DEFAULT true CHECK (user_is_local),
        ADD CONSTRAINT user_identities_local_user_fkey FOREIGN KEY (user_id, user_is_local) REFERENCES users (id, is_local) ON DELETE CASCADE;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE access_tokens DROP COLUMN user_is_local;
      ALTER TABLE user_identities DROP COLUMN user_is_local;
      UPDATE papers p SET submitted_by = c.person_id FROM claimed_submissions c WHERE c.paper_id = p.id;
      UPDATE author_claims SET user_id = person_id WHERE person_id IS NOT NULL;
      DELETE FROM comments WHERE author_id IS NULL;
      ALTER TABLE comments DROP CONSTRAINT comments_author_check, ALTER COLUMN author_id SET NOT NULL;
      DROP TABLE claimed_submissions;
      ALTER TABLE author_claims DROP COLUMN person_id;
      ALTER TABLE users
        DROP CONSTRAINT users_username_check, DROP CONSTRAINT users_person_check, DROP CONSTRAINT users_id_is_local_key,
        DROP COLUMN is_local, DROP COLUMN qualified_key, DROP COLUMN claimed_by, DROP COLUMN handle, DROP COLUMN imported_from;
      COMMENT ON TABLE users IS NULL;
      COMMENT ON COLUMN users.source IS 'What the import said of the user beyond the columns, as it said it.';
    `);
  }
}
