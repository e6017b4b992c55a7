import { raw } from "sql-template-tag";
import type { Database } from "../database.js";

/** Where the primary's log of changes was at a moment. */
interface Mark {
  /** As performance.now() has it. */
  at: number;
  /** Bytes since the beginning of all. */
  position: bigint;
}

/** Milliseconds for which marks are kept. */
const REMEMBERED = 60_000;

const POSITION = "(pg_current_wal_insert_lsn() - '0/0')::text";
const REPLAYED = "(pg_last_wal_replay_lsn() - '0/0')::text";

/**
 * Knows how old what a replica tells is, by this process's clock alone: the last moment at which the primary was where
 * the replica is now. While the primary is away nothing changes, and nobody falls behind.
 */
export class PrimaryMarks {
  private marks: Mark[] = [];

  async look(primary: Database): Promise<void> {
    // Before the question: what was committed by then stands before the position that it tells.
    const at = performance.now();
    const position = await positionOf(primary, POSITION);
    if (position === null) return;
    this.marks = [...this.marks.filter((mark) => at - mark.at < REMEMBERED), { at, position }];
  }

  /** @returns milliseconds that a replica at this position is behind the last mark; Infinity when that is not known. */
  lagAt(position: bigint): number {
    const reached = this.marks.findLast((mark) => mark.position <= position);
    const last = this.marks.at(-1);
    return reached && last ? last.at - reached.at : Infinity;
  }
}

/** @returns how far a replica has replayed; null for a server that is none. */
export function replayedBy(replica: Database): Promise<bigint | null> {
  return positionOf(replica, REPLAYED);
}

async function positionOf(db: Database, expression: string): Promise<bigint | null> {
  const row = await db.first<{ position: string | null }>(
    "replicas.position",
    raw(`SELECT ${expression} AS position`),
  );
  const position = row?.position ?? null;
  return position === null ? null : BigInt(position);
}
