import sql, { raw } from "sql-template-tag";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gzipSync } from "node:zlib";
import { DeliveryStore } from "../src/digest/delivery.store.js";
import { importFiles, importSources, type ImportOptions } from "../src/import/import-papers.js";
import type { ImportSource } from "../src/import/import-source.js";
import { item, jsonLines, manyItems, sourceOf, temporaryFile } from "./support/import-items.js";
import { discrepancies } from "./support/import-truth.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

type Lines = Parameters<typeof sourceOf>[0];

function importLines(lines: Lines, options: ImportOptions = {}) {
  return importSources(database.db, [sourceOf(lines)], options);
}

async function paper(externalId = "2501.00001"): Promise<Record<string, unknown> | null> {
  return database.db.first(
    "test.paper",
    sql`SELECT r.*, u.username,
          ARRAY(SELECT name FROM unnest(tag_ids) WITH ORDINALITY AS l(id, n) JOIN tags USING (id) ORDER BY n) AS tags,
          ARRAY(SELECT slug FROM unnest(organisation_ids) WITH ORDINALITY AS l(id, n) JOIN organisations USING (id)
                ORDER BY n) AS organisations,
          ARRAY(SELECT name FROM unnest(author_ids) WITH ORDINALITY AS l(id, n) JOIN authors USING (id) ORDER BY n) AS authors
        FROM paper_records r LEFT JOIN users u ON u.id = r.submitted_by WHERE external_id = ${externalId}`,
  );
}

/** Of all tables, which version of each row there is: any write shows. */
async function rowVersions(): Promise<string> {
  const tables = [
    "papers",
    "paper_texts",
    "paper_search",
    "author_claims",
    "authors",
    "organisations",
    "tags",
  ];
  tables.push("tag_spellings", "users", "search_words");
  const lists = tables.map(
    (table) => `SELECT '${table}' AS name, ctid::text, xmin::text, xmax::text FROM ${table}`,
  );
  const rows = await database.db.query<unknown>(
    "test.versions",
    raw(`${lists.join(" UNION ALL ")} ORDER BY 1, 2`),
  );
  return JSON.stringify(rows);
}

describe("an import", () => {
  it("puts everything that a line says where it belongs", async () => {
    const line = item(
      {
        title: " A  Study of\nLLMs ",
        summary: "  Of état-of-the-art.\nMore. ",
        authors: [
          { _id: "a1", name: "José  Núñez", user: { user: "jose", type: "user" } },
          { name: "An Li" },
        ],
        upvotes: 7,
        ai_keywords: ["Large Language Models", "LLMs"],
        submittedOnDailyAt: "2025-01-03T00:00:00Z",
        submittedOnDailyBy: { _id: "u1", user: "Ann", fullname: "Ann Reader" },
        organization: { _id: "o1", name: "NVIDIA", fullname: "Nvidia Corporation", avatar: "/n.png" },
        discussionId: "d1",
      },
      {
        tags: ["large-language models", "cs.CL"],
        numComments: 2,
        authorsCount: 5,
        organizations: [{ name: "mit" }],
      },
    );
    expect(await importLines([line])).toMatchObject({
      read: 1,
      added: 1,
      updated: 0,
      unchanged: 0,
      rejected: 0,
    });
    expect(await paper()).toMatchObject({
      title: "A Study of LLMs",
      abstract: "Of état-of-the-art.\nMore.",
      author_count: 5,
      upvote_count: 7,
      comment_count: 2,
      username: "Ann",
      keywords: ["Large Language Models", "LLMs"],
      tags: ["Large Language Models", "LLMs", "cs.CL"],
      organisations: ["NVIDIA", "mit"],
      authors: ["José Núñez", "An Li"],
      source: { discussionId: "d1", authors: [{ _id: "a1" }, {}], tags: ["large-language models", "cs.CL"] },
    });
    expect(await discrepancies(database.db)).toEqual({});
    const found = await database.db.query(
      "test.found",
      sql`SELECT question FROM paper_search, unnest(ARRAY['llm', 'etat & art', 'corporations & nvidia', 'mit', 'nunez & li']) AS question
          WHERE tsv @@ to_tsquery('papergraph', question)`,
    );
    expect(found).toHaveLength(5);
    expect(
      await database.db.query(
        "test.claims",
        sql`SELECT position, username FROM author_claims JOIN users ON users.id = user_id`,
      ),
    ).toEqual([{ position: 1, username: "jose" }]);
  });

  it("of the same file again writes nothing at all", async () => {
    const lines = manyItems(300);
    await importLines(lines, { batchSize: 70 });
    const before = await rowVersions();
    expect(await importLines(lines, { batchSize: 110 })).toMatchObject({ read: 300, unchanged: 300 });
    expect(await rowVersions()).toBe(before);
  });

  it("of a newer file updates what differs and keeps the counts", async () => {
    await importLines(manyItems(300, 1), { batchSize: 70 });
    expect(await importLines(manyItems(350, 2), { batchSize: 90 })).toMatchObject({
      added: 50,
      updated: 300,
    });
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("keeps what a newer line does not say, and empties what it says is empty", async () => {
    const said = {
      upvotes: 5,
      ai_keywords: ["one", "two"],
      authors: [{ name: "Ann" }],
      projectPage: "https://p.example/",
    };
    await importLines([
      item({ ...said, summary: "Words." }, { tags: ["three"], organizations: [{ name: "lab" }] }),
    ]);
    await importLines([item({ title: "Another Title", authors: [], organization: null })]);
    expect(await paper()).toMatchObject({
      title: "Another Title",
      abstract: "Words.",
      upvote_count: 5,
      tags: ["one", "two", "three"],
      organisations: ["lab"],
      authors: ["Ann"],
      author_count: 1,
      project_url: "https://p.example/",
    });
    await importLines([item({ ai_keywords: [] }, { organizations: [], tags: ["two"] })]);
    expect(await paper()).toMatchObject({ title: "A Paper", keywords: [], tags: ["two"], organisations: [] });
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("takes the later of two lines about one paper", async () => {
    const lines = [item({ upvotes: 1 }), item({ id: "2501.00001v4", upvotes: 2 }), item({ upvotes: 2 })];
    expect(await importLines(lines)).toMatchObject({ read: 3, added: 1, updated: 1, unchanged: 1 });
    expect(await paper()).toMatchObject({ upvote_count: 2, title: "A Paper" });
    expect(await importLines(lines)).toMatchObject({ read: 3, added: 0, updated: 0, unchanged: 3 });
  });

  it("gives papers of a renamed organisation the new name to be found by", async () => {
    await importLines([item({ organization: { name: "lab" } })]);
    await importLines([
      item({ id: "2501.00002", organization: { name: "LAB", fullname: "Laboratory of Birds" } }),
    ]);
    expect(
      await database.db.query("test.names", sql`SELECT slug, name, paper_count FROM organisations`),
    ).toEqual([{ slug: "lab", name: "Laboratory of Birds", paper_count: 2 }]);
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("names a tag as most papers spell it", async () => {
    const spelt = (id: number, ...ai_keywords: string[]) => item({ id: `2501.0000${id}`, ai_keywords });
    await importLines([spelt(1, "llm"), spelt(2, "LLM", "llm"), spelt(3, "x".repeat(201), " - ", "LLM")]);
    const tags = sql`SELECT slug, name, paper_count FROM tags`;
    expect(await database.db.query("test.tags", tags)).toEqual([
      { slug: "llm", name: "LLM", paper_count: 3 },
    ]);
    await importLines([spelt(1), spelt(3, "llm")]);
    expect(await database.db.query("test.tags", tags)).toEqual([
      { slug: "llm", name: "llm", paper_count: 2 },
    ]);
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("tells bad lines with file, line and reason, and takes the others", async () => {
    const told: string[] = [];
    const report = await importLines(
      [item(), "", "{oops", item({ id: "2501.00002", upvotes: "many" }), item({ id: "2501.00003" })],
      {
        onRejected: (file, line, reason) => told.push(`${file}:${line}: ${reason}`),
      },
    );
    expect(report).toMatchObject({ read: 4, added: 2, rejected: 2 });
    expect(report.rejections.map(({ line }) => line)).toEqual([3, 4]);
    expect(told).toEqual([
      "items:3: not JSON (at position 1)",
      "items:4: paper.upvotes is a text, not a whole number from 0 to 1,000,000,000",
    ]);
  });

  it("rejects alone a paper that only PostgreSQL finds fault with", async () => {
    const names = Array.from({ length: 2_500 }, (_, author) =>
      Array.from({ length: 55 }, (_, n) => `x${(author * 55 + n).toString(36).padStart(8, "0")}`).join(" "),
    );
    const report = await importLines([
      item(),
      item({ id: "2501.00002", authors: names.map((name) => ({ name })) }),
      item({ id: "2501.00003" }),
    ]);
    expect(report).toMatchObject({ added: 2, rejected: 1, rejections: [{ line: 2 }] });
    expect(report.rejections[0]?.reason).toMatch(/^PostgreSQL refuses it: string is too long for tsvector/);
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("that is strict stops at the first bad line and keeps nothing", async () => {
    const lines = [...manyItems(30), "{oops", item()];
    await expect(importLines(lines, { strict: true, batchSize: 10 })).rejects.toThrow(
      "items:31: not JSON (at position 1). Nothing was kept.",
    );
    expect(await database.db.first("test.count", sql`SELECT count(*) AS n FROM papers`)).toEqual({ n: 0 });
    expect(await importLines(manyItems(30), { strict: true, batchSize: 10 })).toMatchObject({ added: 30 });
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("that is strict, into papers that are there already, keeps all or nothing", async () => {
    await importLines(manyItems(20), { strict: true });
    await expect(importLines([...manyItems(60), "{oops"], { strict: true, batchSize: 10 })).rejects.toThrow(
      "items:61: not JSON (at position 1). Nothing was kept.",
    );
    expect(await database.db.first("test.count", sql`SELECT count(*) AS n FROM papers`)).toEqual({ n: 20 });
    expect(await importLines(manyItems(60, 2), { strict: true, batchSize: 10 })).toMatchObject({
      added: 40,
      updated: 20,
    });
    expect(await discrepancies(database.db)).toEqual({});
    const runs = sql`SELECT outcome, added, updated FROM import_runs ORDER BY id`;
    expect(await database.db.query("test.runs", runs)).toEqual([
      { outcome: "complete", added: 20, updated: 0 },
      { outcome: "failed", added: 0, updated: 0 },
      { outcome: "complete", added: 40, updated: 20 },
    ]);
  });

  it("only into an empty catalogue does nothing where papers are", async () => {
    expect(await importLines([item()], { onlyIntoEmpty: true })).toMatchObject({ read: 1, added: 1 });
    const before = await rowVersions();
    expect(await importLines(manyItems(5), { onlyIntoEmpty: true })).toMatchObject({ read: 0, added: 0 });
    expect(await rowVersions()).toBe(before);
  });

  it("into an empty catalogue keeps all or nothing, and leaves the indexes as they were", async () => {
    const indexes = sql`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`;
    const before = await database.db.query("test.indexes", indexes);
    const cut = gzipSync(jsonLines(manyItems(2_000))).subarray(0, -2_000);
    await expect(importLines(cut, { batchSize: 100 })).rejects.toThrow("cannot be read");
    expect(await database.db.first("test.count", sql`SELECT count(*) AS n FROM papers`)).toEqual({ n: 0 });
    expect(await database.db.query("test.indexes", indexes)).toEqual(before);
    expect(await importLines(manyItems(200), { batchSize: 100 })).toMatchObject({ added: 200 });
    expect(await database.db.query("test.indexes", indexes)).toEqual(before);
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("leaves upvotes and comments that were made here alone", async () => {
    await importLines([item({ upvotes: 3 }, { numComments: 4 })]);
    await database.db.query(
      "test.participate",
      sql`WITH made AS (UPDATE papers SET upvote_local = 2, comment_local = 1)
          INSERT INTO upvote_changes (paper_id, delta) SELECT id, 1 FROM papers, generate_series(1, 2)`,
    );
    await importLines([item({ upvotes: 10, ai_keywords: ["tag"] }, { numComments: 5 })]);
    expect(await paper()).toMatchObject({ upvote_count: 12, comment_count: 6 });
    expect(await discrepancies(database.db)).toEqual({});
  });

  it("of nothing is nothing", async () => {
    expect(await importLines(["", "  "])).toMatchObject({ read: 0, added: 0, rejected: 0 });
  });
});

describe("files", () => {
  it("may be plain or gzipped, whatever they are called", async () => {
    const plain = await temporaryFile("plain.gz", jsonLines([item()]));
    const zipped = await temporaryFile("zipped.jsonl", gzipSync(jsonLines([item({ id: "2501.00002" })])));
    const parts = Buffer.concat([
      gzipSync(jsonLines([item({ id: "2501.00003" })])),
      gzipSync(jsonLines([item({ id: "2501.00004" })])),
    ]);
    const report = await importFiles(database.db, [plain, zipped, await temporaryFile("parts", parts)]);
    expect(report).toMatchObject({ added: 4, rejected: 0 });
  });

  it("that are cut off or damaged end the import with one line; batches before stay", async () => {
    await importLines([item()]);
    const whole = gzipSync(jsonLines(manyItems(2_000)));
    const cut = await temporaryFile("cut.gz", whole.subarray(0, whole.length - 2_000));
    await expect(importFiles(database.db, [cut], { batchSize: 100 })).rejects.toThrow(
      `${cut} cannot be read: its gzip data is damaged or cut off (unexpected end of file).`,
    );
    const kept = await database.db.first<{ n: number }>("test.count", sql`SELECT count(*) AS n FROM papers`);
    expect(kept?.n).toBeGreaterThan(100);
    expect(await discrepancies(database.db)).toEqual({});
    expect(await importFiles(database.db, [await temporaryFile("whole.gz", whole)])).toMatchObject({
      added: 2_001 - (kept?.n ?? 0),
    });
  });

  it("that are missing or folders are told before anything is imported", async () => {
    const file = await temporaryFile("items.jsonl", jsonLines([item()]));
    await expect(importFiles(database.db, [file, "/no/such.jsonl"])).rejects.toThrow(
      "/no/such.jsonl cannot be read: there is no such file.",
    );
    await expect(importFiles(database.db, [file, "/"])).rejects.toThrow("/ cannot be read: it is a folder.");
    expect(await paper()).toBeNull();
  });
});

describe("one import at a time", () => {
  it("a second one is told so", async () => {
    let finish: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    const slow: ImportSource = {
      name: "slow",
      size: null,
      async *open() {
        await waiting;
        yield Buffer.from(jsonLines([item()]));
      },
    };
    const first = importSources(database.db, [slow]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expect(importLines([item()])).rejects.toThrow("Another import into this database is running");
    finish();
    expect(await first).toMatchObject({ added: 1 });
    expect(await importLines([item()])).toMatchObject({ unchanged: 1 });
  });

  it("runs beside `digest send`", async () => {
    const deliveries = new DeliveryStore(database.db);
    const report = await deliveries.alone(
      () => importLines([item()]),
      () => expect.unreachable("nobody else sends"),
    );
    expect(report).toMatchObject({ added: 1 });
  });

  it("ends after the batch under way when it is told to stop, and can be gone on with", async () => {
    await importLines([item()]);
    const stopping = new AbortController();
    const lines = manyItems(500);
    const progress = {
      start: () => undefined,
      update: () => {
        stopping.abort();
      },
      note: () => undefined,
      clear: () => undefined,
      stop: () => undefined,
    };
    await expect(importLines(lines, { batchSize: 50, progress, signal: stopping.signal })).rejects.toThrow(
      "The import was stopped. What was imported stays: the same command again goes on from there.",
    );
    expect(await importLines(lines)).toMatchObject({ added: 450, unchanged: 50 });
  });

  it("gives its connection back as it was", async () => {
    await importLines([item()]);
    await Promise.all(
      Array.from({ length: 10 }, () =>
        database.db.connected(async (client) => {
          const { rows } = await client.query<{ timeout: string }>(
            "SELECT current_setting('statement_timeout') AS timeout",
          );
          expect(rows).toEqual([{ timeout: "20s" }]);
        }),
      ),
    );
    const left = sql`SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS locks`;
    expect(await database.db.first("test.locks", left)).toEqual({ locks: 0 });
  });
});
