import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import { batchesOf } from "../import/parse/batches.js";
import { fileSource } from "../import/import-source.js";
import { confirmAndDelete, type DeleteOptions } from "./delete-papers.js";
import { SAMPLE } from "../sample/load-sample.js";

interface SamplePaper {
  id: number;
  externalId: string;
  /** Whether another import or a reader changed it since it came with the sample. */
  isTouched: boolean;
}

/**
 * `papergraph sample remove`: deletes the papers of the built-in sample that nobody touched.
 * @returns lines that say what was deleted and which papers stay.
 */
export async function runSampleRemove(db: Database, options: DeleteOptions): Promise<string> {
  const papers = await samplePapers(db);
  if (!papers.length) return "There are no papers of the sample.";
  const untouched = papers.filter(({ isTouched }) => !isTouched).map(({ id }) => id);
  const staying = papers.filter(({ isTouched }) => isTouched).map(({ externalId }) => externalId);
  return [
    ...(untouched.length ? [await confirmAndDelete(db, untouched, options)] : []),
    ...(staying.length
      ? [
          `${staying.length} stay, as an import or a reader changed them: ${staying.join(", ")}. Delete them with: papergraph paper delete ID…`,
        ]
      : []),
  ].join("\n");
}

async function samplePapers(db: Database): Promise<SamplePaper[]> {
  const known: { id: string; hash: bigint }[] = [];
  const signal = new AbortController().signal;
  for await (const { papers } of batchesOf([await fileSource(SAMPLE)], { signal, reject: () => undefined }))
    known.push(...papers.map(({ record, hash }) => ({ id: record.externalId, hash })));
  return db.query<SamplePaper>(
    "sample.papers",
    sql`SELECT p.id, p.external_id AS "externalId",
               p.record_hash IS DISTINCT FROM said.record_hash
               OR EXISTS (SELECT FROM upvotes u WHERE u.paper_id = p.id)
               OR EXISTS (SELECT FROM comments c WHERE c.paper_id = p.id)
               OR p.submitted_at IS NOT NULL AS "isTouched"
        FROM unnest(${known.map(({ id }) => id)}::text[], ${known.map(({ hash }) => hash)}::bigint[])
          AS said(external_id, record_hash) JOIN papers p USING (external_id) ORDER BY p.external_id`,
  );
}
