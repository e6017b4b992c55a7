import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase({ queryTimeout: 300 });
});
afterAll(() => test.drop());

describe("the database", () => {
  it("ends a statement that takes too long, and serves on", async () => {
    await expect(test.db.query("test.sleep", sql`SELECT pg_sleep(5)`)).rejects.toMatchObject({
      code: "QUERY_TIMEOUT",
    });
    expect(await test.db.first("test.one", sql`SELECT 1 AS one`)).toEqual({ one: 1 });
  });

  it("tells a lost connection from a wrong statement", async () => {
    const killed = test.db.connected(async (client) => {
      await client.query("SELECT pg_terminate_backend(pg_backend_pid())");
    });
    await expect(killed).rejects.toBeDefined();
    await expect(test.db.query("test.wrong", sql`SELECT nothing_of_that_name`)).rejects.toMatchObject({
      code: "42703",
    });
  });

  it("tries a transaction again that lost against another one", async () => {
    let tries = 0;
    const result = await test.db.transaction(async () => {
      tries++;
      if (tries < 3) throw Object.assign(new Error("could not serialize access"), { code: "40001" });
      return Promise.resolve("done");
    });
    expect({ result, tries }).toEqual({ result: "done", tries: 3 });
  });

  it("keeps nothing of a transaction that failed", async () => {
    await expect(
      test.db.transaction(async (db) => {
        await db.query("test.insert", sql`INSERT INTO tags (slug, name) VALUES ('lost', 'lost')`);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await test.db.query("test.read", sql`SELECT 1 FROM tags WHERE slug = 'lost'`)).toEqual([]);
  });
});
