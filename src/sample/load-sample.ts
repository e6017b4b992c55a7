import { fileURLToPath } from "node:url";
import sql from "sql-template-tag";
import type { Stores } from "../context.js";
import type { Database } from "../database/database.js";
import { importFiles } from "../import/import-papers.js";
import { ImportRunningError } from "../import/import-session.js";
import { isEmpty } from "../import/upkeep.js";

/** Beside the sources and, copied by the build, beside the compiled code. */
const SAMPLE = fileURLToPath(new URL("nvidia-papers.jsonl", import.meta.url));

const DEMO_USER = "demo";
const DAY = 86_400_000;

/**
 * Fills an empty catalogue with the built-in sample, so that there is something to ask for. Many instances may start at
 * once: the first loads it, the others wait for a moment. Where another import runs for longer, it brings papers itself.
 * @returns how many papers were loaded; 0 when there were some already.
 */
export async function loadSample(db: Database): Promise<number> {
  // Nearly every start finds papers: these need no lock.
  if (!(await isEmpty(db))) return 0;
  try {
    const { added } = await importFiles(db, [SAMPLE], { strict: true, onlyIntoEmpty: true });
    return added;
  } catch (error) {
    if (error instanceof ImportRunningError) return 0;
    throw error;
  }
}

/** @returns an access token of the user "demo" that lasts a day; the ones before it are gone. */
export async function demoToken({ db, users, tokens }: Stores): Promise<string> {
  const user = (await users.find(DEMO_USER, "user")) ?? (await users.create(DEMO_USER));
  await db.query(
    "sample.endTokens",
    sql`DELETE FROM access_tokens WHERE user_id = ${user.key} AND name = 'demo'`,
  );
  const { secret } = await tokens.create(user.key, "demo", new Date(Date.now() + DAY));
  return secret;
}
