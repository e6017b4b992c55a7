import { spawn } from "node:child_process";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { importFiles } from "../src/import/import-papers.js";
import { item, jsonLines, manyItems, temporaryFile } from "./support/import-items.js";
import { contentOf, discrepancies } from "./support/import-truth.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

const PAPERS = 6_000;
const BATCH = 250;
const COMMAND = ["--import", "tsx", "tests/support/import-process.ts"];

let killed: TestDatabase;
let whole: TestDatabase;
let piped: TestDatabase;
beforeAll(async () => {
  killed = await testDatabase();
  whole = await testDatabase();
  piped = await testDatabase();
});
afterAll(async () => {
  await killed.drop();
  await whole.drop();
  await piped.drop();
});

/** Starts the import as a process and kills it some time after it began to import. */
async function importUntilKilled(file: string, after: number): Promise<void> {
  const child = spawn(process.execPath, [...COMMAND, killed.url, file, String(BATCH)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  await sleep(after);
  child.kill("SIGKILL");
  await exited;
}

async function papers(): Promise<number> {
  const row = await killed.db.first<{ n: number }>("test.count", sql`SELECT count(*) AS n FROM papers`);
  return row?.n ?? 0;
}

it("reads standard input, plain or gzipped", async () => {
  for (const bytes of [jsonLines([item()]), gzipSync(jsonLines([item({ id: "2501.00002" })]))]) {
    const child = spawn(process.execPath, [...COMMAND, piped.url, "-", "10"], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin.end(bytes);
    expect(await once(child, "exit")).toEqual([0, null]);
  }
  expect(await piped.db.first("test.count", sql`SELECT count(*) AS n FROM papers`)).toEqual({ n: 2 });
}, 60_000);

it("a first import that is killed leaves nothing", async () => {
  const file = await temporaryFile("items.jsonl", jsonLines(manyItems(PAPERS)));
  for (let run = 0; run < 2; run++) {
    await importUntilKilled(file, 100 + Math.random() * 1_000);
    expect(await papers()).toBe(0);
  }
}, 120_000);

it("an import that is killed at any moment leaves whole papers and right counts, and can be gone on with", async () => {
  const file = await temporaryFile("items.jsonl", jsonLines(manyItems(PAPERS)));
  const first = await temporaryFile("first.jsonl", jsonLines(manyItems(BATCH)));
  await importFiles(killed.db, [first]);
  const grown: number[] = [];
  for (let run = 0; run < 5; run++) {
    await importUntilKilled(file, 100 + Math.random() * 900);
    expect(await discrepancies(killed.db)).toEqual({});
    grown.push(await papers());
  }
  const before = await papers();
  expect(grown).toEqual([...grown].sort((a, b) => a - b));
  expect(before % BATCH).toBe(0);
  const report = await importFiles(killed.db, [file], { batchSize: BATCH });
  expect(report).toMatchObject({ read: PAPERS, unchanged: before, added: PAPERS - before });
  await importFiles(whole.db, [first]);
  await importFiles(whole.db, [file], { batchSize: BATCH });
  expect(await discrepancies(killed.db)).toEqual({});
  expect(await contentOf(killed.db)).toEqual(await contentOf(whole.db));
}, 300_000);
