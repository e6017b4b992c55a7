import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import type { ImportTotals } from "../platform/observability/metrics/catalogue-metrics.js";
import type { ImportReport } from "./import-papers.js";

type Counts = Pick<ImportReport, "added" | "updated" | "unchanged" | "rejected">;

export interface ImportRun extends Counts {
  outcome: "complete" | "failed";
  seconds: number;
}

/** Below this, papers are counted: it takes no time, and an estimate may not have been made yet. */
const FEW = 10_000;

export class ImportRunStore {
  constructor(private readonly db: Database) {}

  async record({ outcome, seconds, added, updated, unchanged, rejected }: ImportRun): Promise<void> {
    await this.db.query(
      "imports.record",
      sql`INSERT INTO import_runs (outcome, seconds, added, updated, unchanged, rejected)
          VALUES (${outcome}, ${seconds}, ${added}, ${updated}, ${unchanged}, ${rejected})`,
    );
  }

  /** In a millisecond, however many papers there are: it is asked every few seconds. */
  async totals(): Promise<ImportTotals> {
    const row = await this.db.first<Omit<ImportTotals, "last"> & { endedAt: Date | null; seconds: number }>(
      "imports.totals",
      sql`SELECT count(*) FILTER (WHERE outcome = 'complete') AS complete,
                 count(*) FILTER (WHERE outcome = 'failed') AS failed,
                 coalesce(sum(added), 0) AS added, coalesce(sum(updated), 0) AS updated,
                 coalesce(sum(unchanged), 0) AS unchanged, coalesce(sum(rejected), 0) AS rejected,
                 max(ended_at) FILTER (WHERE outcome = 'complete') AS "endedAt",
                 (array_agg(seconds ORDER BY id DESC) FILTER (WHERE outcome = 'complete'))[1] AS seconds,
                 (SELECT CASE WHEN reltuples < ${FEW} THEN (SELECT count(*) FROM papers)
                              ELSE reltuples::bigint END
                  FROM pg_class WHERE oid = 'papers'::regclass) AS papers
          FROM import_runs`,
    );
    if (!row) throw new Error("sums without a row");
    const { endedAt, seconds, ...sums } = row;
    return { ...sums, last: endedAt && { endedAt, seconds } };
  }
}
