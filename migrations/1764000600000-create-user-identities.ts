import type { MigrationInterface, QueryRunner } from "typeorm";

/** Users who sign in with an identity provider. */
export class CreateUserIdentities1764000600000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE user_identities (
        issuer text NOT NULL,
        subject text NOT NULL,
        user_id integer NOT NULL REFERENCES users ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer, subject)
      );
      CREATE INDEX user_identities_user_id_idx ON user_identities (user_id);
      COMMENT ON TABLE user_identities IS
        'Whom an identity provider''s tokens stand for. Issuer and subject alone name a person; user names never do.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE user_identities;`);
  }
}
