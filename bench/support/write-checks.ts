import sql from "sql-template-tag";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { createDataSource, databaseOf } from "../../src/platform/database/data-source.js";
import type { Database } from "../../src/platform/database/database.js";
import { importSources } from "../../src/import/import-papers.js";
import { median, quantile } from "./metrics.js";
import { freshLines, type Million } from "./million.js";
import { seededRandom } from "./random.js";
import { onServer } from "./scratch-server.js";
import { startServer } from "./server.js";
import { milliseconds, say, table } from "./table.js";

const PAPERS = 1_000;
const UPVOTES = 1_000;
const COPY = "bench_writes";

const ADD_UPVOTE = `mutation ($paper: ID!) { addUpvote(input: { paperId: $paper }) { changed paper { upvoteCount } } }`;

export interface WriteChecks {
  /** Seconds of two imports of PAPERS new papers, one after the other. */
  imports: number[];
  /** Milliseconds of one mutation. */
  upvotes: { p50: number; p95: number };
  /** What they did to the rows. */
  tables: TableChanges[];
}

interface TableChanges {
  name: string;
  updated: number;
  hot: number;
  dead: number;
}

/** Writes into a copy of the million, so that it stays as it was built. Nobody may be connected to it. */
export async function writeChecks(million: Million): Promise<WriteChecks> {
  const server = new URL(million.url);
  const name = server.pathname.slice(1);
  server.pathname = "postgres";
  say("Copying the database for the checks of writing.");
  await onServer(server.href, `DROP DATABASE IF EXISTS ${COPY} WITH (FORCE)`);
  await onServer(server.href, `CREATE DATABASE ${COPY} TEMPLATE ${name} STRATEGY FILE_COPY`);
  const copy = new URL(million.url);
  copy.pathname = COPY;
  try {
    const imports = await importNew(copy.href);
    return { imports, ...(await upvote(copy.href)) };
  } finally {
    await onServer(server.href, `DROP DATABASE ${COPY} WITH (FORCE)`);
  }
}

async function importNew(url: string): Promise<number[]> {
  const lines = await freshLines(2 * PAPERS);
  const seconds: number[] = [];
  for (const part of [lines.slice(0, PAPERS), lines.slice(PAPERS)]) {
    const bytes = [Buffer.from(`${part.join("\n")}\n`)];
    const report = await connected(url, (db) =>
      importSources(db, [{ name: "new papers", size: null, open: () => bytes }]),
    );
    if (report.added !== PAPERS) throw new Error(`${report.added} papers were added, not ${PAPERS}`);
    seconds.push(report.seconds);
  }
  return seconds;
}

async function upvote(url: string): Promise<Pick<WriteChecks, "upvotes" | "tables">> {
  const { token, papers } = await connected(url, async (db, stores) => {
    const user = await stores.users.create("bench-upvoter");
    const { secret } = await stores.tokens.create(user.key, "bench", null);
    return { token: secret, papers: await somePapers(db) };
  });
  const before = await connected(url, tableStatistics);
  const api = await startServer(url);
  const times: number[] = [];
  try {
    for (const paper of papers) {
      const { answer, milliseconds } = await api.ask(ADD_UPVOTE, { paper }, token);
      if (answer.errors) throw new Error(JSON.stringify(answer.errors));
      times.push(milliseconds);
    }
  } finally {
    // Connections report what they did when they end.
    await api.stop();
  }
  const after = await connected(url, tableStatistics);
  return {
    upvotes: { p50: median(times), p95: quantile(times, 0.95) },
    tables: after.map((table, index) => ({
      name: table.name,
      updated: table.updated - (before[index]?.updated ?? 0),
      hot: table.hot - (before[index]?.hot ?? 0),
      dead: table.dead - (before[index]?.dead ?? 0),
    })),
  };
}

async function somePapers(db: Database): Promise<string[]> {
  const [row] = await db.query<{ last: number }>("bench.lastPaper", sql`SELECT max(id) AS last FROM papers`);
  const random = seededRandom(UPVOTES);
  const keys = Array.from({ length: 2 * UPVOTES }, () => 1 + random.below(row?.last ?? 1));
  const rows = await db.query<{ id: string }>(
    "bench.somePapers",
    sql`SELECT external_id AS id FROM papers WHERE id = ANY(${keys}) ORDER BY id % 9973, id LIMIT ${UPVOTES}`,
  );
  return rows.map(({ id }) => id);
}

function tableStatistics(db: Database): Promise<TableChanges[]> {
  return db.query<TableChanges>(
    "bench.tableStatistics",
    sql`SELECT relname AS name, n_tup_upd AS updated, n_tup_hot_upd AS hot, n_dead_tup AS dead
        FROM pg_stat_user_tables WHERE relname IN ('papers', 'paper_search') ORDER BY relname`,
  );
}

async function connected<T>(
  url: string,
  work: (db: Database, stores: ReturnType<typeof createStores>) => Promise<T>,
): Promise<T> {
  const source = createDataSource({ url, poolSize: 2, queryTimeout: 600_000 });
  await source.initialize();
  try {
    const db = databaseOf(source);
    return await work(db, createStores(db, columnsOf(source)));
  } finally {
    await source.destroy();
  }
}

export function writesTable({ imports, upvotes, tables }: WriteChecks): string {
  const rows = tables.map(({ name, updated, hot, dead }) => [name, updated, hot, dead].map(String));
  return [
    `importing ${PAPERS} new papers: ${imports.map((seconds) => `${seconds.toFixed(1)} s`).join(", then ")} (target < 5 s)`,
    `an upvote: p50 ${milliseconds(upvotes.p50)} ms, p95 ${milliseconds(upvotes.p95)} ms; what ${UPVOTES} of them did:`,
    table(["table", "rows updated", "of these HOT", "dead rows"], rows),
  ].join("\n");
}
