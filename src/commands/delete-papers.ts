import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import { OperatorError } from "../shared/errors.js";
import { externalIdFrom } from "../papers/paper-identifiers.js";
import { confirm } from "./confirm.js";
import { countDeleted, deletePapers, type DeletedPapers } from "../import/delete-papers.js";

export interface DeleteOptions {
  dryRun?: boolean;
  yes?: boolean;
}

/**
 * `papergraph paper delete`.
 * @returns one line that says what was deleted.
 * @throws OperatorError for an id that no paper has: nothing is deleted then.
 */
export async function runPaperDelete(
  db: Database,
  ids: readonly string[],
  options: DeleteOptions,
): Promise<string> {
  const wanted = [...new Set(ids.map(externalIdFrom))];
  const found = await db.query<{ id: number; externalId: string }>(
    "papers.toDelete",
    sql`SELECT id, external_id AS "externalId" FROM papers WHERE external_id = ANY(${wanted})`,
  );
  const known = new Set(found.map(({ externalId }) => externalId));
  const missing = wanted.filter((id) => !known.has(id));
  if (missing.length)
    throw new OperatorError(
      `There is no paper ${missing.map((id) => `"${id}"`).join(", ")}. Nothing was deleted.`,
    );
  return confirmAndDelete(
    db,
    found.map(({ id }) => id),
    options,
  );
}

/** Deletes papers after a question on the terminal. @returns one line that says what was deleted. */
export async function confirmAndDelete(
  db: Database,
  keys: readonly number[],
  { dryRun = false, yes = false }: DeleteOptions,
): Promise<string> {
  const planned = summary(await countDeleted(db, keys));
  if (dryRun) return `Would delete ${planned}.`;
  if (!yes) await confirm(`Delete ${planned}? This cannot be undone.`);
  return `Deleted ${summary(await deletePapers(db, keys))}.`;
}

function summary({ papers, upvotes, comments }: DeletedPapers): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  return `${counted(papers, "paper")} with ${counted(upvotes, "upvote")} and ${counted(comments, "comment")}`;
}
