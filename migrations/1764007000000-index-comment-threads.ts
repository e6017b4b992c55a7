import type { MigrationInterface, QueryRunner } from "typeorm";

/** A page of all comments on a paper, replies among them, is one range of this index. */
export class IndexCommentThreads1764007000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE INDEX comments_thread_idx ON comments (paper_id, id);`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP INDEX comments_thread_idx;`);
  }
}
