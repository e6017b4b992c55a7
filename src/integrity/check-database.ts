import sql, { raw } from "sql-template-tag";
import { IMPORT_LOCK, UPVOTE_COUNTS_LOCK } from "../platform/database/advisory-locks.js";
import type { Database } from "../platform/database/database.js";
import { sqlState } from "../import/import-session.js";
import type { Check, Wrong } from "./check.js";
import { CHECKS } from "./checks.js";

export interface Finding {
  name: string;
  about: string;
  /** How many are wrong. */
  wrong: number;
  examples: string[];
  /** How many were put right. */
  repaired: number;
}

export interface CheckOptions {
  /** Puts right what can be put right. */
  fix: boolean;
  /** Told before each check, and after each batch of repairs. */
  progress?: (text: string) => void;
  signal?: AbortSignal;
  /** Those of `papergraph check`, unless others are given. */
  checks?: readonly Check[];
}

const EXAMPLES = 5;
/** Rows that one transaction repairs: it holds their locks for a moment only. */
const BATCH = 500;

/**
 * Compares what is counted and copied with what it is counted and copied from. Each check is one statement and so sees
 * one moment: others may write meanwhile.
 */
export async function checkDatabase(db: Database, options: CheckOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of options.checks ?? CHECKS) {
    options.signal?.throwIfAborted();
    options.progress?.(check.name);
    const rows = await find(db, check, options.signal);
    const finding: Finding = {
      ...{ name: check.name, about: check.about, wrong: rows.length, repaired: 0 },
      examples: rows.slice(0, EXAMPLES).map(({ example }) => example),
    };
    findings.push(finding);
    if (!options.fix || !rows.length) continue;
    if (check.repair) await repair(db, check, rows, finding, options);
    if (check.repairAll) await repairAll(db, check, rows.length, finding);
  }
  return findings;
}

/** Statements that read everything have no limit of time. */
const UNBOUNDED = { statementTimeout: 0 };

/** On a connection without the limits for requests: it reads everything. A statement under way is ended by `signal`. */
function find(db: Database, { name, wrong }: Check, signal?: AbortSignal): Promise<Wrong[]> {
  return db.transaction(async (tx) => {
    await tx.query("check.parallel", raw("SET LOCAL max_parallel_workers_per_gather = 2"));
    await tx.query("check.memory", raw("SET LOCAL work_mem = '256MB'"));
    const backend = await tx.first<{ pid: number }>("check.pid", sql`SELECT pg_backend_pid() AS pid`);
    const cancel = () => {
      // Where this fails the statement goes on to its end, and the check ends after it.
      db.query("check.cancel", sql`SELECT pg_cancel_backend(${backend?.pid})`).catch(() => undefined);
    };
    signal?.addEventListener("abort", cancel);
    try {
      return await (typeof wrong === "function"
        ? wrong(tx)
        : tx.query<Wrong>(`check.${name}`, sql`${wrong} ORDER BY 1`));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!/^42/.test(sqlState(error) ?? "")) throw error;
      return [{ id: 1, example: "cannot be checked: a part of the schema is missing, see schema.objects" }];
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }, UNBOUNDED);
}

/** An import changes the same rows by differences: none runs meanwhile. */
async function repairAll(
  db: Database,
  { repairAll: work }: Check,
  count: number,
  finding: Finding,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query("check.lockTimeout", raw("SET LOCAL lock_timeout = '30s'"));
    await tx.query("check.lockImport", sql`SELECT pg_advisory_xact_lock(${IMPORT_LOCK})`);
    await work?.(tx);
  }, UNBOUNDED);
  finding.repaired = count;
}

/** Each batch is kept by itself: what an interrupted run repaired stays, and the next one goes on. */
async function repair(
  db: Database,
  check: Check,
  rows: readonly { id: number }[],
  finding: Finding,
  { progress, signal }: CheckOptions,
): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    signal?.throwIfAborted();
    const ids = rows.slice(start, start + BATCH).map(({ id }) => id);
    await db.transaction((tx) => repairBatch(tx, check, ids), UNBOUNDED);
    finding.repaired += ids.length;
    progress?.(`${check.name}: ${finding.repaired} of ${rows.length} repaired`);
  }
}

async function repairBatch(tx: Database, check: Check, ids: readonly number[]): Promise<void> {
  if (!check.repair) return;
  await tx.query("check.lockTimeout", raw("SET LOCAL lock_timeout = '30s'"));
  if (check.locksSums)
    await tx.query("check.lockSums", sql`SELECT pg_advisory_xact_lock(${UPVOTE_COUNTS_LOCK})`);
  // Locked before the statement that counts begins, and so before its snapshot: no upvote comes in between.
  if (check.name.startsWith("papers."))
    await tx.query(
      "check.lockPapers",
      sql`SELECT FROM papers WHERE id = ANY(${ids}) ORDER BY id FOR NO KEY UPDATE`,
    );
  await tx.query(`check.repair.${check.name}`, check.repair(ids));
}
