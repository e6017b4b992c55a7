import type { Database } from "../platform/database/database.js";
import { OperatorError } from "../shared/errors.js";
import { refreshTiers } from "../search/ranking/tiers.js";
import { batchesOf, oneAhead, type BatchPaper, type Reject } from "./parse/batches.js";
import { databaseFailure, isRefusedValue } from "./import-failure.js";
import { ImportRunStore } from "./import-run.store.js";
import { withImportSession, type ImportSession } from "./import-session.js";
import { fileSource, type ImportSource } from "./import-source.js";
import { mergeBatch, type MergeCounts } from "./merge/merge.js";
import type { ImportProgress } from "../shared/progress.js";
import { FLUSH_PENDING, isEmpty, vacuum, withoutIndexes } from "./maintenance.js";

export interface ImportOptions {
  /** Stop at the first bad line and keep nothing. */
  strict?: boolean;
  progress?: ImportProgress;
  onRejected?: (file: string, line: number, reason: string) => void;
  /** Ends the import after the batch under way. */
  signal?: AbortSignal;
  /** Papers that are merged at once. */
  batchSize?: number;
  /** Imports nothing when there are papers already. */
  onlyIntoEmpty?: boolean;
  /** Merges papers too of which exactly this was imported last, so that what was changed otherwise is put right. */
  force?: boolean;
}

export interface ImportReport {
  /** Lines, blank ones aside: the sum of the four that follow. */
  read: number;
  added: number;
  updated: number;
  unchanged: number;
  rejected: number;
  /** The first ones. */
  rejections: { file: string; line: number; reason: string }[];
  seconds: number;
}

/** Rejections that a report holds. */
const MAX_REJECTIONS = 100;

/**
 * Imports papers from files of JSON lines, plain or gzipped.
 * @param files paths; "-" is standard input.
 * @throws OperatorError when a file cannot be read, another import is running, or at a bad line when `strict`.
 */
export async function importFiles(
  db: Database,
  files: readonly string[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  return importSources(db, await Promise.all(files.map(fileSource)), options);
}

/** Imports papers from anything that gives bytes. */
export async function importSources(
  db: Database,
  sources: readonly ImportSource[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  const started = performance.now();
  const report: ImportReport = {
    read: 0,
    added: 0,
    updated: 0,
    unchanged: 0,
    rejected: 0,
    rejections: [],
    seconds: 0,
  };
  const work: ImportWork = { sources, options, report, started, kept: "nothing" };
  try {
    await withImportSession(db, async (session) => {
      const intoEmpty = await isEmpty(session.db);
      if (options.onlyIntoEmpty && !intoEmpty) return;
      await recorded(session.db, work, async () => {
        options.progress?.start(sizeOf(sources));
        await importAll(session, work, intoEmpty);
        options.progress?.note("Tidying up …");
        await vacuum(session.db, report.added + report.updated);
      });
    });
  } catch (error) {
    const reason = databaseFailure(error);
    throw reason ? new OperatorError(`The import ended early: ${reason}. ${KEPT[work.kept]}`) : error;
  } finally {
    options.progress?.stop();
  }
  return { ...report, seconds: (performance.now() - started) / 1_000 };
}

interface ImportWork {
  sources: readonly ImportSource[];
  options: ImportOptions;
  report: ImportReport;
  /** As performance.now() has it. */
  started: number;
  /** What of it the database holds when it ends now. */
  kept: keyof typeof KEPT;
}

const KEPT = {
  nothing: "Nothing was kept.",
  batches: "What was imported stays: the same command again goes on from there.",
  unknown: "Whether it was kept is not known: run the same command again, which is safe.",
  everything: "All papers were imported; only the work after the import is missing.",
};

/** Leaves in the database how the import went; a lost connection leaves nothing. */
async function recorded(db: Database, work: ImportWork, importing: () => Promise<void>): Promise<void> {
  const runs = new ImportRunStore(db);
  const seconds = () => (performance.now() - work.started) / 1_000;
  try {
    await importing();
  } catch (error) {
    const kept = work.kept === "nothing" ? { added: 0, updated: 0, unchanged: 0 } : {};
    // The failure itself is what has to be told.
    await runs
      .record({ ...work.report, ...kept, outcome: "failed", seconds: seconds() })
      .catch(() => undefined);
    throw error;
  }
  await runs.record({ ...work.report, outcome: "complete", seconds: seconds() });
}

/** Batches are kept as they come, so that a later run goes on from there; unless that is not wanted, or not worth it. */
async function importAll(session: ImportSession, work: ImportWork, intoEmpty: boolean): Promise<void> {
  if (!intoEmpty && !work.options.strict) {
    work.kept = "batches";
    await importBatches(session, work);
    await session.batch(() => settle(session.db));
    return;
  }
  await session.atOnce(async (whole) => {
    if (intoEmpty) await fill(whole, work);
    else {
      await importBatches(whole, work);
      await settle(whole.db);
    }
    // From here on a lost connection may have lost the answer to COMMIT alone.
    work.kept = "unknown";
  });
  work.kept = "everything";
}

/** Imports into empty tables: indexes are made once, over all rows. */
async function fill(session: ImportSession, work: ImportWork): Promise<void> {
  await withoutIndexes(session.db, async () => {
    await importBatches(session, work);
    await refreshTiers(session.db);
    work.options.progress?.note("Making the indexes …");
  });
}

/** Upvotes change the order of papers as well, so the tiers are refreshed even when no paper changed. */
async function settle(db: Database): Promise<void> {
  await refreshTiers(db);
  await db.query("import.flushPending", FLUSH_PENDING);
}

/** Merges batch after batch; while Postgres merges one, the next one is read. */
async function importBatches(session: ImportSession, work: ImportWork): Promise<void> {
  const { sources, options, report } = work;
  const { strict, progress, signal, batchSize, force = false } = options;
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort(new OperatorError(`The import was stopped. ${KEPT[work.kept]}`, 130));
  };
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  const reject: Reject = (file, line, reason) => {
    if (strict) throw new OperatorError(`${file}:${line}: ${reason}. ${KEPT[work.kept]}`);
    report.rejected++;
    if (report.rejections.length < MAX_REJECTIONS) report.rejections.push({ file, line, reason });
    progress?.clear();
    options.onRejected?.(file, line, reason);
  };
  try {
    for await (const { papers, bytes } of oneAhead(
      batchesOf(sources, { signal: stopping.signal, reject, batchSize }),
    )) {
      stopping.signal.throwIfAborted();
      const counts = await mergeApart(session, papers, { reject, force });
      report.added += counts.added;
      report.updated += counts.updated;
      report.unchanged += counts.unchanged;
      progress?.update(bytes, report.added + report.updated + report.unchanged);
    }
    report.read = report.added + report.updated + report.unchanged + report.rejected;
  } finally {
    signal?.removeEventListener("abort", stop);
    // Whoever still reads ahead is told to leave it.
    stop();
  }
}

/**
 * Merges a batch. Where Postgres refuses a value that seemed right, halves of the batch are tried by
 * themselves, down to the paper at fault, which is rejected.
 */
async function mergeApart(
  session: ImportSession,
  papers: readonly BatchPaper[],
  options: { reject: Reject; force: boolean },
): Promise<MergeCounts> {
  try {
    return await session.batch(() => mergeBatch(session, papers, options));
  } catch (error) {
    const [first] = papers;
    if (!first || !isRefusedValue(error)) throw error;
    if (papers.length === 1) {
      options.reject(first.file, first.line, `PostgreSQL refuses it: ${(error as Error).message}`);
      return { added: 0, updated: 0, unchanged: 0 };
    }
    const middle = papers.length >> 1;
    const left = await mergeApart(session, papers.slice(0, middle), options);
    const right = await mergeApart(session, papers.slice(middle), options);
    return {
      added: left.added + right.added,
      updated: left.updated + right.updated,
      unchanged: left.unchanged + right.unchanged,
    };
  }
}

function sizeOf(sources: readonly ImportSource[]): number | null {
  const sizes = sources.map(({ size }) => size);
  return sizes.some((size) => size === null)
    ? null
    : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}
