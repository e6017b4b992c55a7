import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { UPVOTE_COUNTS_LOCK } from "../platform/database/advisory-locks.js";
import type { Database } from "../platform/database/database.js";

/** Milliseconds between two rounds: how far counts of tags and organisations may be behind. */
const EVERY = 5_000;

/** Changes that one statement takes, so that it stays far below the limit of time after a long pause too. */
const BATCH = 10_000;

export interface Folding {
  /** Resolves when the round under way has ended. */
  stop(): Promise<void>;
}

/** Folds now and every few seconds until it is stopped; a round that failed is told and the next one makes up for it. */
export function startFolding(db: Database, onError: (error: unknown) => void, every = EVERY): Folding {
  const stopping = new AbortController();
  const { signal } = stopping;
  const rounds = async () => {
    while (!signal.aborted) {
      await foldUpvoteChanges(db).catch(onError);
      await sleep(every, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = rounds();
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/**
 * Adds what has gathered in upvote_changes to the upvotes of tags and organisations.
 * @returns how many changes were folded; 0 also when another instance is at it.
 */
export async function foldUpvoteChanges(db: Database): Promise<number> {
  let total = 0;
  for (;;) {
    const folded = await foldBatch(db);
    total += folded;
    if (folded < BATCH) return total;
  }
}

/**
 * One statement is one transaction. The lock comes after the statement's snapshot, which does no harm: changes that
 * another instance folded in between are gone, and DELETE skips them. Rows are locked in the order of ids, so that two
 * who lock several cannot wait for each other.
 */
async function foldBatch(db: Database): Promise<number> {
  const row = await db.first<{ folded: number }>(
    "upvotes.fold",
    sql`WITH turn AS MATERIALIZED (
          SELECT pg_try_advisory_xact_lock(${UPVOTE_COUNTS_LOCK}) AS ours
        ), taken AS (
          DELETE FROM upvote_changes
          WHERE (SELECT ours FROM turn) AND id IN (SELECT id FROM upvote_changes ORDER BY id LIMIT ${BATCH})
          RETURNING paper_id, delta
        ), paper_sums AS (
          SELECT paper_id, sum(delta) AS delta FROM taken GROUP BY paper_id HAVING sum(delta) <> 0
        ), tag_sums AS (
          SELECT tag_id, sum(delta) AS delta
          FROM paper_sums JOIN paper_search USING (paper_id) CROSS JOIN unnest(tag_ids) AS tag_id GROUP BY tag_id
        ), organisation_sums AS (
          SELECT organisation_id, sum(delta) AS delta
          FROM paper_sums JOIN paper_search USING (paper_id) CROSS JOIN unnest(organisation_ids) AS organisation_id
          GROUP BY organisation_id
        ), locked_tags AS MATERIALIZED (
          SELECT t.id, s.delta FROM tags t JOIN tag_sums s ON s.tag_id = t.id ORDER BY t.id FOR NO KEY UPDATE OF t
        ), locked_organisations AS MATERIALIZED (
          SELECT o.id, s.delta FROM organisations o JOIN organisation_sums s ON s.organisation_id = o.id
          ORDER BY o.id FOR NO KEY UPDATE OF o
        ), counted_tags AS (
          UPDATE tags t SET upvote_count = t.upvote_count + locked.delta
          FROM locked_tags locked WHERE t.id = locked.id AND locked.delta <> 0
        ), counted_organisations AS (
          UPDATE organisations o SET upvote_count = o.upvote_count + locked.delta
          FROM locked_organisations locked WHERE o.id = locked.id AND locked.delta <> 0
        )
        SELECT count(*) AS folded FROM taken`,
  );
  return row?.folded ?? 0;
}
