import sql, { type Sql } from "sql-template-tag";
import { UPVOTE_COUNTS_LOCK } from "../../platform/database/advisory-locks.js";
import type { Database } from "../../platform/database/database.js";
import type { BatchPaper } from "../parse/batches.js";
import type { ImportSession } from "../import-session.js";
import * as counts from "./merge-counts.js";
import { WRITE_CLAIMED_SUBMISSIONS, WRITE_CLAIMS } from "./merge-claims.js";
import { LINK_PAPERS } from "./merge-links.js";
import * as names from "./merge-names.js";
import * as papers from "./merge-papers.js";
import { stage, type StagedPaper } from "./staging.js";
import { FLUSH_PENDING } from "../maintenance.js";

/** What a merge did, in lines. */
export interface MergeCounts {
  added: number;
  updated: number;
  unchanged: number;
}

/**
 * The steps of a merge. The importer alone writes papers' texts, vectors and names, so these come first and lock nothing
 * that others want; papers and counts, which upvotes change too, come last and are locked for a moment only.
 */
const STEPS: [label: string, statement: Sql][] = [
  ["import.namePeople", names.NAME_PEOPLE],
  ["import.namePeopleBySource", names.NAME_PEOPLE_BY_SOURCE],
  ["import.lockPeople", names.LOCK_PEOPLE],
  ["import.nameOrganisations", names.NAME_ORGANISATIONS],
  ["import.nameTags", names.NAME_TAGS],
  ["import.nameSpellings", names.NAME_SPELLINGS],
  ["import.findAuthors", names.FIND_AUTHORS],
  ["import.nameAuthors", names.NAME_AUTHORS],
  ["import.linkPapers", LINK_PAPERS],
  ["import.addPapers", papers.ADD_PAPERS],
  ["import.writeTexts", papers.WRITE_TEXTS],
  ["import.renewSearch", papers.RENEW_SEARCH],
  ["import.readAbstracts", papers.READ_ABSTRACTS],
  ["import.writeSearch", papers.WRITE_SEARCH],
  ["import.forgetAbstracts", papers.FORGET_ABSTRACTS],
  ["import.writeClaims", WRITE_CLAIMS],
  ["import.writeClaimedSubmissions", WRITE_CLAIMED_SUBMISSIONS],
  ["import.nameTitles", counts.NAME_TITLES],
  ["import.countWords", counts.COUNT_WORDS],
  ["import.dropUnusedWords", counts.DROP_UNUSED_WORDS],
  ["import.flushPending", FLUSH_PENDING],
  ["import.lockCounts", sql`SELECT pg_advisory_xact_lock(${UPVOTE_COUNTS_LOCK})`],
  ["import.lockPapers", papers.LOCK_PAPERS],
  ["import.takeUpvotes", papers.TAKE_UPVOTES],
];

const COUNTING_STEPS: [label: string, statement: Sql][] = [
  ["import.countSpellings", counts.COUNT_SPELLINGS],
  ["import.dropUnusedSpellings", counts.DROP_UNUSED_SPELLINGS],
  ["import.countTags", counts.COUNT_TAGS],
  ["import.countOrganisations", counts.COUNT_ORGANISATIONS],
];

/** Merges a batch into the catalogue, in the transaction that the caller began. */
export async function mergeBatch(
  { db, client }: Pick<ImportSession, "db" | "client">,
  batch: readonly BatchPaper[],
  { force }: { force: boolean },
): Promise<MergeCounts> {
  const news = await withoutKnown(db, batch, force);
  const changed = { added: 0, updated: 0 };
  if (news.length) {
    await stage(db, client, news);
    for (const [label, statement] of STEPS) await db.query(label, statement);
    const [positions] = await db.query<{ added: number[]; updated: number[] }>(
      "import.renewPapers",
      papers.RENEW_PAPERS,
    );
    for (const [label, statement] of COUNTING_STEPS) await db.query(label, statement);
    const repeats = (list: number[] = []) =>
      list.reduce((sum, position) => sum + (news[position]?.repeats.other ?? 0), 0);
    changed.added = positions?.added.length ?? 0;
    changed.updated =
      (positions?.updated.length ?? 0) + repeats(positions?.added) + repeats(positions?.updated);
  }
  const lines = batch.reduce((sum, { repeats }) => sum + 1 + repeats.same + repeats.other, 0);
  return { ...changed, unchanged: lines - changed.added - changed.updated };
}

/**
 * Finds the stored papers of a batch. Papers of which exactly this was imported last are left out: nothing about them
 * can have changed, unless something else than an import did it, which `force` puts right.
 */
async function withoutKnown(
  db: Database,
  batch: readonly BatchPaper[],
  force: boolean,
): Promise<StagedPaper[]> {
  const stored = await db.query<{ position: number; id: number; isSame: boolean | null }>(
    "import.findPapers",
    sql`SELECT said.position, p.id, p.record_hash = said.record_hash AS "isSame"
        FROM unnest(
          ${batch.map(({ record }) => record.externalId)}::text[], ${batch.map(({ hash }) => hash)}::bigint[]
        ) WITH ORDINALITY AS said(external_id, record_hash, position) JOIN papers p USING (external_id)`,
  );
  const found = new Map(stored.map((row) => [row.position - 1, row]));
  return batch.flatMap((paper, index) => {
    const row = found.get(index);
    return row?.isSame && !force ? [] : { ...paper, paperId: row?.id ?? null };
  });
}
