import sql from "sql-template-tag";
import { inject } from "vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataSource, databaseOf, migrate } from "../src/platform/database/data-source.js";
import { RemoveUnsafeAddresses1764007010000 } from "../migrations/1764007010000-remove-unsafe-addresses.js";
import { buildPaper, buildUser } from "./support/build.js";
import { onServer } from "./support/on-server.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());

describe("migrations", () => {
  it("run once, however many instances start at the same moment", async () => {
    const name = `papergraph_migrations_${process.pid}`;
    await onServer(inject("serverUrl"), `CREATE DATABASE ${name}`);
    const url = new URL(inject("serverUrl"));
    url.pathname = name;
    const sources = await Promise.all(
      Array.from({ length: 6 }, () =>
        createDataSource({ url: url.href, poolSize: 2, queryTimeout: 60_000 }).initialize(),
      ),
    );
    const ran = await Promise.all(sources.map((source) => migrate(source)));
    expect(ran.map((names) => names.length).sort()).toEqual([0, 0, 0, 0, 0, sources[0]!.migrations.length]);
    await Promise.all(sources.map((source) => source.destroy()));
    await onServer(inject("serverUrl"), `DROP DATABASE ${name} WITH (FORCE)`);
  });

  it("can be undone and done again", async () => {
    const count = test.source.migrations.length;
    for (let n = 0; n < count; n++) await test.source.undoLastMigration();
    const left = await test.db.query(
      "test.tables",
      sql`SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
    );
    expect(left).toEqual([]);
    expect(await migrate(test.source)).toHaveLength(count);
  });

  it("remove addresses that are no web addresses, and leave the others", async () => {
    const good = "https://example.org/a";
    for (const address of [good, "javascript:alert(1)", " data:text/html,x", null])
      await buildPaper(test.db, {
        codeUrl: address,
        projectUrl: good,
        thumbnailUrl: address,
        mediaUrls: address === null ? [] : [address, "HTTPS://Example.org/b", "vbscript:x"],
      });
    const avatars = [good, "/avatars/1.svg", "javascript:x", "//evil.example", "/\\evil.example", null];
    for (const [n, avatarUrl] of avatars.entries())
      await buildUser(test.db, { username: `avatar${n}`, avatarUrl });
    const runner = test.source.createQueryRunner();
    await new RemoveUnsafeAddresses1764007010000().up(runner);
    await runner.release();

    const papers = await test.db.query(
      "test.addresses",
      sql`SELECT code_url AS code, project_url AS project, thumbnail_url AS thumbnail, media_urls AS media
          FROM papers JOIN paper_texts ON paper_id = id ORDER BY id`,
    );
    const cleaned = { code: null, project: good, thumbnail: null, media: ["HTTPS://Example.org/b"] };
    expect(papers).toEqual([
      { code: good, project: good, thumbnail: good, media: [good, "HTTPS://Example.org/b"] },
      cleaned,
      cleaned,
      { ...cleaned, media: [] },
    ]);
    const users = await test.db.query<{ avatar: string | null }>(
      "test.avatars",
      sql`SELECT avatar_url AS avatar FROM users WHERE username LIKE 'avatar%' ORDER BY username`,
    );
    expect(users.map(({ avatar }) => avatar)).toEqual([good, "/avatars/1.svg", null, null, null, null]);
  });

  it("make every column that an entity names, nullable where it says so", async () => {
    const rows = await databaseOf(test.source).query<{ name: string; nullable: boolean; kind: string }>(
      "test.columns",
      sql`SELECT table_name || '.' || column_name AS name, is_nullable = 'YES' AS nullable, table_type AS kind
          FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = 'public'`,
    );
    const columns = new Map(rows.map((row) => [row.name, row]));
    for (const { tableName, columns: wanted } of test.source.entityMetadatas) {
      for (const { databaseName, isNullable } of wanted) {
        const column = columns.get(`${tableName}.${databaseName}`);
        expect(column, `${tableName}.${databaseName}`).toBeDefined();
        // A view tells nothing of nulls.
        if (column?.kind === "BASE TABLE") expect(column.nullable, column.name).toBe(isNullable);
      }
    }
  });
});
