import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../src/platform/database/database.js";
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

  it.each([
    ["an integer that is too large", sql`SELECT ${"99999999999"}::integer`, "BAD_USER_INPUT"],
    ["a text that is no number", sql`SELECT ${"abc"}::integer`, "BAD_USER_INPUT"],
    ["a day that is none", sql`SELECT ${"2026-02-30"}::date`, "BAD_USER_INPUT"],
    ["a NUL", sql`SELECT ${"a\0b"}::text`, "BAD_USER_INPUT"],
    [
      "a row that is there",
      sql`INSERT INTO tags (slug, name) VALUES ('twice', 'a'), ('twice', 'b')`,
      "CONFLICT",
    ],
    [
      "a row that is not there",
      sql`INSERT INTO upvotes (user_id, paper_id) VALUES (999999, 999999)`,
      "CONFLICT",
    ],
  ])("tells callers of %s, without the database's words", async (_what, statement, code) => {
    const error: unknown = await test.db.query("test.bad", statement).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PapergraphError", code });
    expect((error as Error).message).not.toMatch(/integer|abc|twice|constraint|byte|upvotes/);
  });

  it("takes no changes where it is read-only, and says so", async () => {
    const work = test.db.transaction(async (tx) => {
      await tx.query("test.readOnly", sql`SET TRANSACTION READ ONLY`);
      await tx.query("test.insert", sql`INSERT INTO tags (slug, name) VALUES ('x', 'x')`);
    });
    await expect(work).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", status: 503 });
  });

  it("tries a statement again that a deadlock ended", async () => {
    await test.db.query("test.users", sql`INSERT INTO users (username) VALUES ('one'), ('two')`);
    const lock = (tx: Database, name: string) =>
      tx.query("test.lock", sql`UPDATE users SET full_name = username WHERE username = ${name}`);
    let meetings = 0;
    const crossing = (first: string, second: string) =>
      test.db.transaction(async (tx) => {
        await lock(tx, first);
        meetings++;
        while (meetings < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        await tx.query("test.patience", sql`SET LOCAL statement_timeout = 0`);
        await lock(tx, second);
        return true;
      });
    expect(await Promise.all([crossing("one", "two"), crossing("two", "one")])).toEqual([true, true]);
    expect(meetings).toBeGreaterThan(2);
  });
});
