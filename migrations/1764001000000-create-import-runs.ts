import type { MigrationInterface, QueryRunner } from "typeorm";

/** What imports did, for whoever watches the server: each runs in a process that is gone when it is asked for. */
export class CreateImportRuns1764001000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE import_runs (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        outcome text NOT NULL CHECK (outcome IN ('complete', 'failed')),
        ended_at timestamptz NOT NULL DEFAULT now(),
        seconds double precision NOT NULL,
        added integer NOT NULL,
        updated integer NOT NULL,
        unchanged integer NOT NULL,
        rejected integer NOT NULL
      );
      COMMENT ON TABLE import_runs IS 'Imports that have ended; those that were killed are not in it.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query("DROP TABLE import_runs");
  }
}
