import sql, { type Sql } from "sql-template-tag";
import type { Database } from "../platform/database/database.js";

/** Something that is wrong: its number, and a text for people. */
export interface Wrong {
  id: number;
  example: string;
}

/** One kind of thing that can be wrong. */
export interface Check {
  name: string;
  /** What is wrong with what it finds, and what to do where nothing repairs it. */
  about: string;
  /** SQL that selects what is wrong, as `id` and `example`; a function where SQL alone cannot tell. */
  wrong: Sql | ((db: Database) => Promise<Wrong[]>);
  /**
   * Puts right what has these numbers, from what is true by then. Null where nothing is known to be true, or where
   * `repairAll` does it.
   */
  repair: ((ids: readonly number[]) => Sql) | null;
  /** Puts right everything in one transaction, where parts cannot be told apart; beside no import. */
  repairAll?: (tx: Database) => Promise<void>;
  /** Whether sums of tags and organisations are written, which takes the lock that keeps others from them. */
  locksSums?: boolean;
}

/** SQL that begins a repair: the next import reads these papers anew, as if it had never seen their lines. */
export function importedAnew(ids: readonly number[]): Sql {
  return sql`WITH anew AS (UPDATE papers SET record_hash = NULL WHERE id = ANY(${ids}))`;
}
