import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { externalIdFrom } from "../../papers/paper-identifiers.js";

/** Sources' ids have a digit and neither white space nor what Postgres refuses; up to four digits alone are a year or a number that is looked for. */
const ID = /^(?=\S*\d)(?!\d{1,4}$)[^\s\p{Cc}\p{Cs}]{1,200}$/u;

export interface NamedPaper {
  id: number;
  externalId: string;
}

/** @returns the paper whose id or address is all that was typed; null when there is none, so that it is words. */
export async function paperNamed(db: Database, text: string): Promise<NamedPaper | null> {
  const externalId = externalIdFrom(text);
  if (!ID.test(externalId)) return null;
  return db.first<NamedPaper>(
    "search.paperNamed",
    sql`SELECT id, external_id AS "externalId" FROM papers WHERE external_id = ${externalId}`,
    { prepared: "label" },
  );
}
