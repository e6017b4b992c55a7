import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { Paper } from "../papers/paper.entity.js";
import type { PaperList } from "../papers/list/paper-list.sql.js";
import { keysetOrder } from "../shared/pagination/keyset.js";
import { Semaphore } from "../platform/work/semaphore.js";
import type { ExportedPaper } from "./exported-paper.js";

/** Exports at once, and of one caller; each holds a connection for as long as its reader takes. */
const AT_ONCE = 3;
const AT_ONCE_PER_CALLER = 2;

/** Papers read at once: less than half a megabyte, which takes the driver some milliseconds. */
const BATCH = 100;

/** Seconds after which a place may be free again. */
const BUSY = 30;

export interface ExportLimits {
  /** Papers at most; null for all. */
  limit: number | null;
  signal: AbortSignal;
  /** Milliseconds for which the reader may leave off; 0 is for ever. */
  idleTimeout: number;
  /** Who asks; empty for the server itself. */
  caller?: string;
  /** Is called with how many papers have been read. */
  onRead?: (papers: number) => void;
}

function slotsFor(db: Database): Semaphore {
  return new Semaphore({
    slots: db.shareOf(AT_ONCE),
    slotsPerCaller: AT_ONCE_PER_CALLER,
    maxWaiting: 0,
    maxWaitingPerCaller: 0,
    acquireTimeout: 0,
    busy: {
      message: "As many exports are running as may run at once. Try again shortly.",
      retryAfter: BUSY,
    },
  });
}

function workOf(caller: string, signal: AbortSignal) {
  return {
    caller,
    signal,
    check: () => {
      signal.throwIfAborted();
    },
    addSql: () => undefined,
    connectionTaken: () => undefined,
    connectionReturned: () => undefined,
  };
}

type Row = Paper & Omit<ExportedPaper, "paper">;

export class ExportStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
    /** Shared by all that were made of one. */
    private readonly slots = slotsFor(db),
  ) {}

  /** The same store over another handle of the database. */
  over(db: Database): ExportStore {
    return new ExportStore(db, this.columns, this.slots);
  }

  /**
   * Reads a list to its end, however long, in constant memory and from one snapshot.
   * @returns its papers in batches.
   * @throws SERVICE_UNAVAILABLE when as many exports run as may; most of the connections are for others.
   */
  async *read(
    list: PaperList,
    { limit, onRead, caller = "", ...options }: ExportLimits,
  ): AsyncGenerator<ExportedPaper[]> {
    const { signal } = options;
    const release = await this.slots.acquire({ caller, signal });
    let read = 0;
    try {
      const statement = this.statement(list, limit);
      // The bounds of requests are not for exports, which have their own.
      const db = this.db.forWork(workOf(caller, signal));
      for await (const rows of db.stream<Row>("exports.read", statement, {
        ...options,
        batchSize: BATCH,
      })) {
        onRead?.((read += rows.length));
        yield rows.map(({ tags, organisations, organisationSlugs, authors, submittedBy, ...paper }) => ({
          paper: Object.assign(new Paper(), paper),
          ...{ tags, organisations, organisationSlugs, authors, submittedBy },
        }));
      }
    } finally {
      // The stream has ended its statement by now.
      release();
    }
  }

  /** The papers are put in order by their numbers and keys alone; texts and names are read afterwards, as they go out. */
  private statement(list: PaperList, limit: number | null): Sql {
    return sql`SELECT ${this.columns(Paper, "r")}, u.username AS "submittedBy",
        ${names("tags", "name", "tag_ids")} AS tags,
        ${names("organisations", "name", "organisation_ids")} AS organisations,
        ${names("organisations", "slug", "organisation_ids")} AS "organisationSlugs",
        ${names("authors", "name", "author_ids")} AS authors
      FROM (${ordered(list, limit)}) page
      CROSS JOIN LATERAL (SELECT * FROM paper_records r WHERE r.id = page.id OFFSET 0) r
      LEFT JOIN users u ON u.id = r.submitted_by
      ORDER BY ${keysetOrder(list.keys, false)}`;
  }
}

function names(table: string, column: string, ids: string): Sql {
  return raw(
    `ARRAY(SELECT named.${column} FROM unnest(r.${ids}) WITH ORDINALITY AS link(id, place) JOIN ${table} named ON named.id = link.id ORDER BY link.place)`,
  );
}

function ordered({ where, keys, search, byRelevance }: PaperList, limit: number | null): Sql {
  const from =
    search && byRelevance
      ? sql`(SELECT p.*, ${search.score("p")} AS relevance FROM paper_matches p WHERE ${where} OFFSET 0) p`
      : sql`paper_records p WHERE ${where}`;
  const sorted = keys.map(({ expression }, index) => sql`${expression} AS ${raw(`sort_${index + 1}`)}`);
  return sql`SELECT p.id, ${join(sorted)} FROM ${from} ORDER BY ${keysetOrder(keys, false)}${
    limit === null ? empty : sql` LIMIT ${limit}`
  }`;
}
