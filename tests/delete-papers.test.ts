import sql from "sql-template-tag";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkDatabase } from "../src/integrity/check-database.js";
import { columnsOf } from "../src/platform/database/columns.js";
import { importSources } from "../src/import/import-papers.js";
import { runPaperDelete } from "../src/commands/delete-papers.js";
import { loadSample } from "../src/sample/load-sample.js";
import { runSampleRemove } from "../src/commands/sample.js";
import { UpvoteStore } from "../src/upvotes/upvote.store.js";
import { buildUser } from "./support/build.js";
import { manyItems, sourceOf } from "./support/import-items.js";
import { discrepancies } from "./support/import-truth.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
beforeEach(async () => {
  test = await testDatabase();
});
afterEach(() => test.drop());

async function papers(): Promise<string[]> {
  const rows = await test.db.query<{ id: string }>(
    "test.papers",
    sql`SELECT external_id AS id FROM papers ORDER BY 1`,
  );
  return rows.map(({ id }) => id);
}

async function wrongs(): Promise<string[]> {
  const findings = await checkDatabase(test.db, { fix: false });
  return findings.filter(({ wrong }) => wrong > 0).map(({ name }) => name);
}

describe("papergraph paper delete", () => {
  beforeEach(async () => {
    await importSources(test.db, [sourceOf(manyItems(60))]);
    const upvotes = new UpvoteStore(test.db, columnsOf(test.source));
    for (const name of ["ann", "ben"])
      await upvotes.add((await buildUser(test.db, { username: name })).key, "2501.10003");
  });

  it("deletes papers with all that is theirs, and takes them out of every count", async () => {
    const ids = ["2501.10003", "https://arxiv.org/abs/2501.10007v2", "2501.10003"];
    expect(await runPaperDelete(test.db, ids, { yes: true })).toBe(
      "Deleted 2 papers with 2 upvotes and 0 comments.",
    );
    expect(await papers()).toHaveLength(58);
    expect(await discrepancies(test.db)).toEqual({});
    expect(await wrongs()).toEqual([]);
    const left = sql`SELECT (SELECT count(*) FROM upvotes) AS upvotes, (SELECT count(*) FROM upvote_changes) AS changes`;
    expect(await test.db.first("test.left", left)).toEqual({ upvotes: 0, changes: 0 });
    expect(await importSources(test.db, [sourceOf(manyItems(60))])).toMatchObject({
      added: 2,
      unchanged: 58,
    });
    expect(await discrepancies(test.db)).toEqual({});
  });

  it("says what it would do, and does nothing without a yes or for an id that there is not", async () => {
    expect(await runPaperDelete(test.db, ["2501.10003"], { dryRun: true })).toBe(
      "Would delete 1 paper with 2 upvotes and 0 comments.",
    );
    await expect(runPaperDelete(test.db, ["2501.10003", "1234.56789"], { yes: true })).rejects.toThrow(
      'There is no paper "1234.56789". Nothing was deleted.',
    );
    await expect(runPaperDelete(test.db, ["2501.10003"], {})).rejects.toThrow("say --yes");
    expect(await papers()).toHaveLength(60);
  });
});

describe("papergraph sample remove", () => {
  it("leaves papers that somebody touched, and the sample is not loaded again", async () => {
    expect(await loadSample(test.db)).toBe(56);
    const user = await buildUser(test.db);
    const [first = ""] = await papers();
    await new UpvoteStore(test.db, columnsOf(test.source)).add(user.key, first);
    const said = await runSampleRemove(test.db, { yes: true });
    expect(said).toContain("Deleted 55 papers with 0 upvotes");
    expect(said).toContain(`1 stay, as an import or a reader changed them: ${first}.`);
    expect(await papers()).toEqual([first]);
    await runPaperDelete(test.db, [first], { yes: true });
    expect(await loadSample(test.db)).toBe(0);
    expect(await runSampleRemove(test.db, { yes: true })).toBe("There are no papers of the sample.");
    expect(await discrepancies(test.db)).toEqual({});
  });
});

describe("an import with force", () => {
  it("puts right what something else changed, which an import without it passes over", async () => {
    const items = manyItems(20);
    await importSources(test.db, [sourceOf(items)]);
    await test.db.query(
      "test.break",
      sql`UPDATE papers SET title = 'Wrong' WHERE external_id = '2501.10003'`,
    );
    await test.db.query("test.break", sql`UPDATE paper_search SET author_ids = '{}' WHERE paper_id % 2 = 0`);
    expect(await importSources(test.db, [sourceOf(items)])).toMatchObject({ unchanged: 20 });
    const report = await importSources(test.db, [sourceOf(items)], { force: true });
    expect(report.updated).toBeGreaterThan(9);
    expect(await test.db.first("test.wrong", sql`SELECT FROM papers WHERE title = 'Wrong'`)).toBeNull();
    expect(
      await test.db.first("test.wrong", sql`SELECT FROM paper_search WHERE author_ids = '{}'`),
    ).toBeNull();
    expect((await importSources(test.db, [sourceOf(items)], { force: true })).unchanged).toBe(20);
  });
});
