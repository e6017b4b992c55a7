import sql, { raw } from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDatabase, type Finding } from "../../src/integrity/check-database.js";
import type { Check } from "../../src/integrity/check.js";
import { CHECKS } from "../../src/integrity/checks.js";
import { schemaObjects } from "../../src/integrity/schema-checks.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { importSources } from "../../src/import/import-papers.js";
import { UpvoteStore } from "../../src/upvotes/upvote.store.js";
import { buildUser } from "../support/build.js";
import { run } from "../support/command.js";
import { item, sourceOf } from "../support/import-items.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  const user = await buildUser(test.db);
  const items = [1, 2, 3].map((n) =>
    item({
      id: `2501.0000${n}`,
      title: `Graphs of kind ${n}`,
      summary: "An abstract about graphs.",
      ai_keywords: ["Graphs", `Kind ${n}`],
      organization: { name: "example", fullname: "Example University" },
      authors: [{ name: "Ada Writer" }, { name: `Ben ${n}` }],
      upvotes: n,
    }),
  );
  await importSources(test.db, [sourceOf(items)]);
  const papers = await test.db.query<{ key: number; externalId: string }>(
    "test.papers",
    sql`SELECT id AS key, external_id AS "externalId" FROM papers ORDER BY id`,
  );
  for (const paper of papers) {
    await new UpvoteStore(test.db, columnsOf(test.source)).add(user.key, paper.externalId);
    await test.db.query(
      "test.comment",
      sql`WITH added AS (INSERT INTO comments (paper_id, author_id, body) VALUES (${paper.key}, ${user.key}, 'text'))
          UPDATE papers SET comment_local = 1 WHERE id = ${paper.key}`,
    );
  }
});
afterAll(() => test.drop());

async function wrongs(fix = false): Promise<Record<string, number>> {
  const findings = await checkDatabase(test.db, { fix });
  return Object.fromEntries(
    findings.filter(({ wrong }) => wrong > 0).map(({ name, wrong }) => [name, wrong]),
  );
}

/** What to break; the check that finds it first; how many it finds. */
const BREAKS: [name: string, statement: string, wrong: number][] = [
  ["papers.upvote_local", "UPDATE papers SET upvote_local = 7 WHERE external_id = '2501.00001'", 1],
  ["papers.comment_local", "UPDATE papers SET comment_local = 0", 3],
  ["tags.paper_count", "UPDATE tags SET paper_count = 9 WHERE slug = 'graphs'", 1],
  ["tags.upvote_count", "UPDATE tags SET upvote_count = -1 WHERE slug = 'graphs'", 1],
  ["organisations.paper_count", "UPDATE organisations SET paper_count = 0", 1],
  ["organisations.upvote_count", "UPDATE organisations SET upvote_count = 1000", 1],
  ["authors.paper_count", "UPDATE authors SET paper_count = 5 WHERE name = 'Ada Writer'", 1],
  ["paper_search.tsv", "UPDATE paper_search SET tsv = 'nonsense'", 3],
  ["paper_search.published_at", "UPDATE paper_search SET published_at = NULL", 3],
  ["paper_search.tag_ids", "UPDATE paper_search SET tag_ids = tag_ids || 999999", 3],
  [
    "paper_search.organisation_ids",
    "UPDATE paper_search SET organisation_ids = 999999 || organisation_ids",
    3,
  ],
  ["paper_search.author_ids", "UPDATE paper_search SET author_ids = author_ids || 999999", 3],
  [
    "paper_search.organisation_ids",
    "UPDATE paper_search SET organisation_ids = organisation_ids || organisation_ids",
    3,
  ],
  ["paper_search.tag_ids", "UPDATE paper_search SET tag_ids = tag_ids || tag_ids", 3],
  ["paper_search.tag_ids", "UPDATE paper_search SET tag_ids = tag_ids[2:]", 3],
  ["paper_search.tag_ids", "UPDATE paper_search SET tag_ids = ARRAY[tag_ids[2], tag_ids[1]]", 3],
  ["tag_spellings", "UPDATE tag_spellings SET uses = 9 WHERE spelling = 'Graphs'", 1],
  [
    "tag_spellings",
    "UPDATE tag_spellings SET tag_id = (SELECT id FROM tags WHERE slug = 'kind-2') WHERE spelling = 'Kind 1'",
    1,
  ],
  [
    "tag_spellings",
    "WITH gone AS (DELETE FROM tag_spellings WHERE spelling = 'Graphs') DELETE FROM tags WHERE slug = 'graphs'",
    1,
  ],
  ["tags.name", "UPDATE tags SET name = 'Charts' WHERE slug = 'graphs'", 1],
  ["search_words", "DELETE FROM search_words", 7],
  ["search_words", "UPDATE search_words SET uses = 1 WHERE word = 'graphs'", 1],
  ["paper_search.tier", "UPDATE paper_search SET tier = 0", 1],
  ["papers.author_count", "UPDATE papers SET author_count = 1", 3],
  ["names_version", "DELETE FROM names_version", 1],
  ["papers.search", "DELETE FROM paper_search WHERE paper_id = (SELECT max(id) FROM papers)", 1],
  ["papers.texts", "DELETE FROM paper_texts WHERE paper_id = (SELECT max(id) FROM papers)", 1],
];

describe("papergraph check", () => {
  it("knows every object that the migrations make", async () => {
    const lines = await schemaObjects(test.db);
    await expect(`${JSON.stringify(lines, null, 2)}\n`).toMatchFileSnapshot(
      "../../src/integrity/schema-objects.json",
    );
  });

  it("finds nothing wrong where nothing is", async () => {
    expect(await wrongs()).toEqual({});
  });

  it.each(BREAKS)("finds and repairs %s", async (name, statement, wrong) => {
    await test.db.query("test.break", raw(statement));
    expect(await wrongs()).toMatchObject({ [name]: wrong });
    await wrongs(true);
    expect(await wrongs()).toEqual({});
  });

  it("finds indexes and constraints that do not hold, and leaves them to the operator", async () => {
    await test.db.query(
      "test.constraint",
      raw("ALTER TABLE papers ADD CONSTRAINT papers_test CHECK (id > 0) NOT VALID"),
    );
    await test.db.query("test.duplicates", raw("CREATE TABLE doubled AS SELECT 1 AS n UNION ALL SELECT 1"));
    await expect(
      test.db.query("test.index", raw("CREATE UNIQUE INDEX CONCURRENTLY doubled_idx ON doubled (n)")),
    ).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await wrongs(true)).toEqual({ "constraints.validated": 1, "indexes.valid": 1 });
    await test.db.query("test.drop", raw("ALTER TABLE papers DROP CONSTRAINT papers_test"));
    await test.db.query("test.drop", raw("DROP TABLE doubled"));
  });

  it("breaks and repairs every check that can repair", () => {
    const repaired = CHECKS.filter(({ repair, repairAll }) => repair ?? repairAll).map(({ name }) => name);
    expect([...new Set(BREAKS.map(([name]) => name))].sort()).toEqual(repaired.sort());
  });

  it.each([
    ["DROP INDEX papers_trending_idx", "schema.objects", "index papers_trending_idx on papers"],
    ["DROP VIEW analytics.papers", "schema.objects", "view analytics.papers"],
    ["DROP TRIGGER copy_published_at ON papers", "schema.objects", "trigger copy_published_at on papers"],
    [
      "ALTER TABLE tags DISABLE TRIGGER change_names_version",
      "triggers.enabled",
      "change_names_version on tags",
    ],
    ["DROP TABLE search_words", "search_words", "cannot be checked"],
  ])("finds, and leaves to the operator: %s", async (statement, name, example) => {
    const broken = await test.db
      .transaction(async (tx) => {
        await tx.query("test.break", raw(statement));
        const findings: Finding[] = [];
        for (const check of CHECKS.filter((one) => one.name === name))
          findings.push(...(await checkDatabase(tx, { fix: false, checks: [check] })));
        throw Object.assign(new Error("undo"), { findings });
      })
      .catch((error: unknown) => (error as { findings?: Finding[] }).findings ?? [error]);
    expect(JSON.stringify(broken)).toContain(example);
  });

  it("ends the statement under way when it is told to stop", async () => {
    const stopping = new AbortController();
    const slow: Check = {
      name: "slow",
      about: "",
      wrong: sql`SELECT 1 AS id FROM pg_sleep(60)`,
      repair: null,
    };
    const checking = checkDatabase(test.db, {
      fix: false,
      checks: [slow],
      signal: stopping.signal,
      progress: () =>
        setTimeout(() => {
          stopping.abort(new Error("stopped"));
        }, 500),
    });
    await expect(checking).rejects.toThrow("stopped");
  });

  it("tells by its exit code, names examples, and repairs at the command line", async () => {
    await test.db.query("test.break", raw("UPDATE tags SET paper_count = 9 WHERE slug = 'graphs'"));
    const env = { DATABASE_URL: test.url };
    const found = await run(["check"], env);
    expect(found).toMatchObject({ code: 1 });
    expect(found.stdout).toContain("tags.paper_count: 1 wrong");
    expect(found.stdout).toContain("graphs: 9 in place of 2");
    const fixed = await run(["check", "--fix", "--json"], env);
    expect(fixed.code).toBe(0);
    expect(JSON.parse(fixed.stdout)).toMatchObject({ ok: true });
    expect((await run(["check"], env)).stdout).toBe(`All is well: ${CHECKS.length} checks.\n`);
  });
});
