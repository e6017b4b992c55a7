import sql from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createContext, createStores, type Context, type Stores } from "../src/context/request-context.js";
import { columnsOf } from "../src/platform/database/columns.js";
import type { Paper } from "../src/papers/paper.entity.js";
import { buildPaper } from "./support/build.js";
import { statementsOf } from "./support/count-statements.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
let stores: Stores;
let ids: string[];
beforeAll(async () => {
  test = await testDatabase();
  ids = [];
  for (let n = 0; n < 5; n++) {
    const paper = await buildPaper(test.db, {
      tags: [`last ${n}`, "Shared", "a first"],
      organisations: ["nvidia"],
      authors: ["Ann", `Bob ${n}`],
    });
    ids.push(paper.externalId);
  }
});
afterAll(() => test.drop());
beforeEach(() => {
  stores = createStores(test.db, columnsOf(test.source));
});

async function papers(): Promise<Paper[]> {
  return (await stores.papers.byExternalIds(ids)).filter((paper) => paper !== null);
}

/** As one request reads them: all at once. */
async function linksOf(found: readonly Paper[], context: Context = createContext(stores, null)) {
  return Promise.all(
    found.map(async (paper) => {
      const { papers: loaders } = context.loaders;
      const [tags, organisations, authors] = await Promise.all([
        loaders.tagsOfPaper(paper),
        loaders.organisationsOfPaper(paper),
        loaders.authorsOfPaper(paper),
      ]);
      return [tags, organisations, authors].map((links) => links.map(({ name }) => name));
    }),
  );
}

function rename(name: string): Promise<unknown> {
  return test.db.query("test.rename", sql`UPDATE tags SET name = ${name} WHERE slug = 'shared'`);
}

describe("what papers are linked to", () => {
  it("comes in the papers' order by one statement, and by none when it was read before", async () => {
    const found = await papers();
    let links: unknown;
    expect(await statementsOf(async () => (links = await linksOf(found)))).toEqual(["links.read"]);
    expect(links).toEqual(
      ids.map((_, n) => [[`last ${n}`, "Shared", "a first"], ["nvidia"], ["Ann", `Bob ${n}`]]),
    );
    let again: unknown;
    expect(await statementsOf(async () => (again = await linksOf(found)))).toEqual([]);
    expect(again).toEqual(links);
  });

  it("is read again by whoever reads a paper after a name or a count has changed", async () => {
    await linksOf(await papers());
    await rename("SHARED");
    const [first] = await linksOf(await papers());
    expect(first![0]).toEqual(["last 0", "SHARED", "a first"]);
    await test.db.query(
      "test.count",
      sql`UPDATE tags SET paper_count = paper_count + 1 WHERE slug = 'shared'`,
    );
    const [paper] = await papers();
    const [, shared] = await createContext(stores, null).loaders.papers.tagsOfPaper(paper!);
    const [row] = await test.db.query<{ count: number }>(
      "test.count",
      sql`SELECT paper_count AS count FROM tags WHERE slug = 'shared'`,
    );
    expect(shared!.paperCount).toBe(row!.count);
    await rename("Shared");
  });

  it("is as new as the paper while another transaction changes it", async () => {
    await linksOf(await papers());
    await test.db.connected(async (client) => {
      await client.query("BEGIN");
      await client.query("UPDATE tags SET name = 'Uncommitted' WHERE slug = 'shared'");
      const [before] = await linksOf(await papers());
      expect(before![0]).toContain("Shared");
      await client.query("COMMIT");
    });
    const [after] = await linksOf(await papers());
    expect(after![0]).toContain("Uncommitted");
    await rename("Shared");
  });

  it("is not forgotten for upvotes that are added to tags", async () => {
    await linksOf(await papers());
    await test.db.query("test.fold", sql`UPDATE tags SET upvote_count = upvote_count + 1`);
    const found = await papers();
    expect(await statementsOf(() => linksOf(found))).toEqual([]);
  });
});
