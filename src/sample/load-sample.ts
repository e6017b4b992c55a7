import { fileURLToPath } from "node:url";
import sql from "sql-template-tag";
import type { Stores } from "../context/request-context.js";
import type { Database } from "../platform/database/database.js";
import { importFiles } from "../import/import-papers.js";
import { ImportRunningError } from "../import/import-session.js";

/** Beside the sources and, copied by the build, beside the compiled code. */
export const SAMPLE = fileURLToPath(new URL("nvidia-papers.jsonl", import.meta.url));

const DEMO_USER = "demo";
const DAY = 86_400_000;

/**
 * Fills a catalogue that never had a paper with the built-in sample, so that there is something to ask for. Many instances may start at
 * once: the first loads it, the others wait for a moment. Where another import runs for longer, it brings papers itself.
 * @returns how many papers were loaded; 0 when there were some already.
 */
export async function loadSample(db: Database): Promise<number> {
  if (!(await isNew(db))) return 0;
  try {
    const { added } = await importFiles(db, [SAMPLE], { strict: true, onlyIntoEmpty: true });
    return added;
  } catch (error) {
    if (error instanceof ImportRunningError) return 0;
    throw error;
  }
}

/** Without a lock, as nearly every start finds papers. Where the sample was taken out, it is not put back. */
async function isNew(db: Database): Promise<boolean> {
  const row = await db.first<{ isNew: boolean }>(
    "sample.isNew",
    sql`SELECT NOT EXISTS (SELECT FROM papers)
               AND NOT EXISTS (SELECT FROM import_runs WHERE outcome = 'complete') AS "isNew"`,
  );
  return row?.isNew === true;
}

/** @returns an access token of the user "demo" that lasts a day; the ones before it are gone. */
export async function demoToken({ db, users, tokens }: Stores): Promise<string> {
  const user = (await users.findLocal(DEMO_USER)) ?? (await users.create(DEMO_USER));
  await db.query(
    "sample.endTokens",
    sql`DELETE FROM access_tokens WHERE user_id = ${user.key} AND name = 'demo'`,
  );
  const { secret } = await tokens.create(user.key, "demo", new Date(Date.now() + DAY));
  return secret;
}
