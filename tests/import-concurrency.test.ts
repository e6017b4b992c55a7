import fc from "fast-check";
import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { columnsOf } from "../src/platform/database/columns.js";
import { importSources } from "../src/import/import-papers.js";
import { foldUpvoteChanges } from "../src/upvotes/fold-upvote-changes.js";
import { UpvoteStore } from "../src/upvotes/upvote.store.js";
import { item, manyItems, sourceOf } from "./support/import-items.js";
import { discrepancies } from "./support/import-truth.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

/** What a line may say of one of few papers, tags, organisations and authors; undefined is left out of the JSON. */
const few = (name: string) =>
  fc.constantFrom("a", "b", "B", "c d", "C-d").map((letter) => `${name} ${letter}`);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const lines = fc.array(
  fc
    .record({
      id: fc.integer({ min: 1, max: 6 }).map((n) => `2501.0000${n}`),
      title: few("Title"),
      summary: maybe(few("Abstract")),
      upvotes: maybe(fc.nat(9)),
      ai_keywords: maybe(fc.array(few("tag"), { maxLength: 3 })),
      authors: maybe(
        fc.array(fc.record({ name: few("Author"), user: maybe(few("user").map((user) => ({ user }))) }), {
          maxLength: 3,
        }),
      ),
      organization: maybe(fc.record({ name: few("org"), fullname: maybe(few("Organisation")) })),
      tags: maybe(fc.array(few("tag"), { maxLength: 2 })),
    })
    .map(({ tags, ...paper }) => item(paper, { tags })),
  { maxLength: 8 },
);
const deed = fc.oneof(
  fc.record({ kind: fc.constant("import" as const), lines, batchSize: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("upvote" as const), user: fc.nat(3), paper: fc.nat(5), add: fc.boolean() }),
  fc.record({ kind: fc.constant("fold" as const) }),
);

async function userKeys(): Promise<number[]> {
  const rows = await database.db.query<{ id: number }>(
    "test.users",
    sql`INSERT INTO users (username) SELECT 'voter' || n FROM generate_series(1, 4) AS n
        ON CONFLICT (username_key) DO UPDATE SET username = excluded.username RETURNING id`,
  );
  return rows.map(({ id }) => id);
}

async function paperIds(): Promise<string[]> {
  const rows = await database.db.query<{ id: string }>(
    "test.papers",
    sql`SELECT external_id AS id FROM papers ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

it("counts are right after any imports, upvotes and folding, in any order", async () => {
  const upvotes = new UpvoteStore(database.db, columnsOf(database.source));
  const users = await userKeys();
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 6 }), async (deeds) => {
      for (const done of deeds) {
        if (done.kind === "import") {
          const report = await importSources(database.db, [sourceOf(done.lines)], {
            batchSize: done.batchSize,
          });
          expect(report).toMatchObject({ read: done.lines.length, rejected: 0 });
        } else if (done.kind === "fold") await foldUpvoteChanges(database.db);
        else {
          const papers = await paperIds();
          const paper = papers[done.paper % papers.length];
          if (paper !== undefined) await upvotes[done.add ? "add" : "remove"](users[done.user]!, paper);
        }
      }
      expect(await discrepancies(database.db)).toEqual({});
    }),
    { numRuns: 40 },
  );
}, 120_000);

it("upvotes and folding go on while papers are imported, and all are counted", async () => {
  const upvotes = new UpvoteStore(database.db, columnsOf(database.source));
  const users = await userKeys();
  await importSources(database.db, [sourceOf(manyItems(400, 1))]);
  const papers = await paperIds();
  const state = { importing: true };
  const pick = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)]!;
  const voting = Array.from({ length: 3 }, async () => {
    while (state.importing) await upvotes[Math.random() < 0.6 ? "add" : "remove"](pick(users), pick(papers));
  });
  const folding = (async () => {
    while (state.importing) await foldUpvoteChanges(database.db);
  })();
  for (let edition = 2; edition < 7; edition++) {
    await importSources(database.db, [sourceOf(manyItems(400, edition))], { batchSize: 60 });
  }
  state.importing = false;
  await Promise.all([...voting, folding]);
  expect(await discrepancies(database.db)).toEqual({});
  await foldUpvoteChanges(database.db);
  expect(await discrepancies(database.db)).toEqual({});
}, 120_000);
