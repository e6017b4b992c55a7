import sql, { raw } from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { columnsOf } from "../../src/platform/database/columns.js";
import { importSources } from "../../src/import/import-papers.js";
import { foldUpvoteChanges } from "../../src/upvotes/fold-upvote-changes.js";
import { UpvoteStore } from "../../src/upvotes/upvote.store.js";
import { item, sourceOf } from "../support/import-items.js";
import { buildUser } from "../support/build.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());

const lines = (upvotes: number, title = "Rewritten") => [
  item({
    id: "2501.00001",
    title: "Kept",
    summary: "An abstract of graphs.",
    upvotes,
    ai_keywords: ["graphs"],
    authors: [{ name: "Ada Writer", hidden: false }],
    organization: { name: "org", fullname: "An organisation" },
  }),
  item({ id: "2501.00002", title, summary: "Another one.", ai_keywords: ["graphs"] }),
];
const load = (given: ReturnType<typeof lines>) => importSources(test.db, [sourceOf(given)], {});
beforeEach(() => load(lines(1)));

/** Which version of each row of a table there is, under the papers' ids: any write of a row shows. */
async function versions(table: string, key = "paper_id"): Promise<Record<string, string>> {
  const rows = await test.db.query<{ paper: string; version: string }>(
    "test.versions",
    sql`SELECT p.external_id AS paper, concat_ws(' ', t.ctid, t.xmin) AS version
        FROM ${raw(table)} t JOIN papers p ON p.id = t.${raw(key)}`,
  );
  return Object.fromEntries(rows.map(({ paper, version }) => [paper, version]));
}

const FOUND = ["paper_search", "paper_texts"];
const found = async () => Promise.all(FOUND.map((table) => versions(table)));

describe("what a search reads of a paper", () => {
  it("is not written by an upvote, nor by what follows it", async () => {
    const before = await found();
    const papers = await versions("papers", "id");
    const upvotes = new UpvoteStore(test.db, columnsOf(test.source));
    const { key: user } = await buildUser(test.db);
    expect(await upvotes.add(user, "2501.00001")).toMatchObject({ changed: true });
    expect(await foldUpvoteChanges(test.db)).toBe(1);
    expect(await upvotes.remove(user, "2501.00001")).toMatchObject({ changed: true });
    expect(await foldUpvoteChanges(test.db)).toBe(1);
    expect(await found()).toEqual(before);
    const after = await versions("papers", "id");
    expect(after["2501.00001"]).not.toBe(papers["2501.00001"]);
    expect(after["2501.00002"]).toBe(papers["2501.00002"]);
  });

  it("is not written by an import that brings other counts", async () => {
    const before = await found();
    await load(lines(50));
    expect(await found()).toEqual(before);
    expect(
      await test.db.first(
        "test.count",
        sql`SELECT upvote_count FROM papers WHERE external_id = '2501.00001'`,
      ),
    ).toEqual({ upvote_count: 50 });
  });

  it("is written only of the papers that an import says something else of", async () => {
    const [before] = await found();
    await load([
      ...lines(1, "Rewritten indeed"),
      item({ id: "2501.00003", title: "New", ai_keywords: ["graphs"] }),
    ]);
    const [after] = await found();
    expect(after!["2501.00001"]).toBe(before!["2501.00001"]);
    expect(after!["2501.00002"]).not.toBe(before!["2501.00002"]);
    expect(after).toHaveProperty(["2501.00003"]);
  });

  it("has the date of the paper, also when an import says another one", async () => {
    const dates = () =>
      test.db.query<{ own: Date; copied: Date }>(
        "test.dates",
        sql`SELECT p.published_at AS own, s.published_at AS copied FROM papers p JOIN paper_search s ON s.paper_id = p.id`,
      );
    await load([item({ id: "2501.00001", title: "Kept", publishedAt: "2019-05-05T00:00:00.000Z" })]);
    const after = await dates();
    expect(after.map(({ copied }) => copied)).toEqual(after.map(({ own }) => own));
    expect(after.some(({ copied }) => copied.getUTCFullYear() === 2019)).toBe(true);
  });
});
