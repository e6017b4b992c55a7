import sql from "sql-template-tag";
import type { MigrationInterface, QueryRunner } from "typeorm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createIndexConcurrently, migrate } from "../../src/platform/database/migrate.js";
import { createDataSource } from "../../src/platform/database/data-source.js";
import { eventually } from "../support/eventually.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

class AddColumn1799000000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query("ALTER TABLE papers ADD COLUMN test_column text");
  }
  async down(): Promise<void> {
    await Promise.resolve();
  }
}

class AddIndex1799000000001 implements MigrationInterface {
  readonly transaction = false;
  async up(db: QueryRunner): Promise<void> {
    await createIndexConcurrently(db, "papers_test_idx", "ON papers (venue, id)");
  }
  async down(): Promise<void> {
    await Promise.resolve();
  }
}

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.db.query("test.forget", sql`DELETE FROM migrations WHERE timestamp >= 1799000000000`);
  await test.db.query("test.column", sql`ALTER TABLE papers DROP COLUMN IF EXISTS test_column`);
  await test.db.query("test.index", sql`DROP INDEX IF EXISTS papers_test_idx`);
});

/** The next version, whose migrations are these. */
async function nextVersion(migrations: (new () => MigrationInterface)[]) {
  const source = createDataSource({ url: test.url, poolSize: 2, queryTimeout: 20_000 });
  source.setOptions({ migrations });
  return source.initialize();
}

/** A long transaction that reads papers, as a backup does. */
async function longReader() {
  const source = await nextVersion([]);
  const runner = source.createQueryRunner();
  await runner.query("BEGIN");
  await runner.query("SELECT count(*) FROM papers");
  return {
    async end() {
      await runner.query("COMMIT");
      await runner.release();
      await source.destroy();
    },
  };
}

describe("a migration while the old version serves", () => {
  it("gives a lock up that it does not get, lets others read, and comes through later", async () => {
    const next = await nextVersion([AddColumn1799000000000]);
    const reader = await longReader();
    let isDone = false;
    const migrating = migrate(next, { lockTimeout: 200, pause: 100, tries: 1_000 }).then((ran) => {
      isDone = true;
      return ran;
    });
    const waiting = () =>
      test.db.first(
        "test.waiting",
        sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%test_column%'`,
      );
    for (let round = 0; round < 3; round++) {
      await eventually("the migration waits", async () => (await waiting()) !== null);
      // Behind the lock that is waited for; with the pool's own limit of 2 s for locks.
      expect(await test.db.query("test.read", sql`SELECT FROM papers`)).toEqual([]);
      await eventually("the migration has let go", async () => (await waiting()) === null);
    }
    expect(isDone).toBe(false);
    await reader.end();
    expect(await migrating).toEqual(["AddColumn1799000000000"]);
    await next.destroy();
  });

  it("says what to do when the lock is never to be had", async () => {
    const next = await nextVersion([AddColumn1799000000000]);
    const reader = await longReader();
    await expect(migrate(next, { lockTimeout: 50, pause: 10, tries: 2 })).rejects.toThrow(
      /^A migration did not get a lock/,
    );
    await reader.end();
    await next.destroy();
  });

  it("makes an index beside writers, once, though ten instances start and a try was interrupted", async () => {
    await test.db.query("test.invalid", sql`CREATE INDEX papers_test_idx ON papers (venue)`);
    await test.db.query(
      "test.invalidate",
      sql`UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'papers_test_idx'::regclass`,
    );
    const sources = await Promise.all(Array.from({ length: 10 }, () => nextVersion([AddIndex1799000000001])));
    const ran = await Promise.all(sources.map((source) => migrate(source)));
    expect(ran.flat()).toEqual(["AddIndex1799000000001"]);
    const [index] = await test.db.query(
      "test.index",
      sql`SELECT indisvalid AS valid, pg_get_indexdef(indexrelid) AS definition FROM pg_index
          WHERE indexrelid = 'papers_test_idx'::regclass`,
    );
    expect(index).toMatchObject({
      valid: true,
      definition: expect.stringContaining("(venue, id)") as string,
    });
    await Promise.all(sources.map((source) => source.destroy()));
  });
});
