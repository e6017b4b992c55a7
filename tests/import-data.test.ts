import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import sql from "sql-template-tag";
import { expect, it } from "vitest";
import { importFiles } from "../src/import/import-papers.js";
import { discrepancies } from "./support/import-truth.js";
import { testDatabase } from "./support/test-database.js";

/** Real daily papers are not part of the repository. */
const FOLDER = resolve(
  process.env.PAPERGRAPH_DATA || fileURLToPath(new URL("../../shared/data", import.meta.url)),
);
const DAILY_PAPERS = join(FOLDER, "hf-daily-papers.jsonl.gz");
const PAPERS = 10_355;

it.skipIf(!existsSync(DAILY_PAPERS))(
  "all real daily papers are taken, and taken again they change nothing",
  async () => {
    const database = await testDatabase();
    try {
      expect(await importFiles(database.db, [DAILY_PAPERS])).toMatchObject({ added: PAPERS, rejected: 0 });
      expect(await discrepancies(database.db)).toEqual({});
      const written = sql`SELECT max(xmin::text::bigint) AS last FROM papers`;
      const before = await database.db.query("test.written", written);
      expect(await importFiles(database.db, [DAILY_PAPERS])).toMatchObject({ unchanged: PAPERS });
      expect(await database.db.query("test.written", written)).toEqual(before);
    } finally {
      await database.drop();
    }
  },
  180_000,
);
