import "reflect-metadata";
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { raw } from "sql-template-tag";
import { createDataSource, databaseOf } from "../src/platform/database/data-source.js";
import type { Database } from "../src/platform/database/database.js";
import { explain } from "./support/explain.js";
import { measure, measureReference, type Timed } from "./support/measure.js";
import { openMillion, type Million } from "./support/million.js";
import { usualSearch } from "./support/postgres-reference.js";
import type { BenchQuery } from "./support/search-queries.js";
import { searchQuestions } from "./support/search-questions.js";
import {
  FIRST_PAGES,
  firstPageTable,
  kindsTable,
  slowest,
  type ReferenceTimes,
} from "./support/search-report.js";
import { startServer } from "./support/server.js";
import { openSqlite } from "./support/sqlite-reference.js";
import { say } from "./support/table.js";
import { writeChecks, writesTable, type WriteChecks } from "./support/write-checks.js";

const USAGE = `npm run bench:search -- [options]
Times searches through the API at a million papers, which are built once and kept in BENCH_DIR (.papergraph-bench).
  --papers N        another number of papers (1000000)
  --rebuild         builds them anew
  --apply FILE      runs SQL on the kept papers that does what was edited in migrations since they were built
  --only A,B        of: first page, 50th page, totalCount, by UPVOTES, by PUBLISHED_AT, by TRENDING, filters,
                    autocomplete, didYouMean, writes
  --family NAME     only this family of searches, such as "common word"
  --sample N        at most N questions of each kind, evenly out of all
  --repeat N        how often each question is timed after the warm-up; its median counts (3)
  --no-references   leaves out ts_rank as usually written and SQLite's FTS5
  --json FILE       writes all figures
  --explain SEARCH  prints the statements of a search's first page with their plans, and nothing else
  --variables JSON  for --explain: filter, orderBy, after`;

const { values } = parseArgs({
  options: {
    papers: { type: "string", default: "1000000" },
    rebuild: { type: "boolean", default: false },
    apply: { type: "string" },
    only: { type: "string" },
    family: { type: "string" },
    sample: { type: "string" },
    repeat: { type: "string", default: "3" },
    "no-references": { type: "boolean", default: false },
    json: { type: "string" },
    explain: { type: "string" },
    variables: { type: "string", default: "{}" },
    help: { type: "boolean", default: false },
  },
});

interface Results {
  papers: number;
  kinds: [kind: string, timed: Timed[]][];
  references: ReferenceTimes | null;
  writes: WriteChecks | null;
}

const WRITES = "writes";
const repeat = Number(values.repeat);
const only = values.only?.split(",").map((kind) => kind.trim());
const isChosen = ({ family }: { family: string }) => !values.family || family === values.family;
const isWanted = (kind: string) => only?.includes(kind) ?? true;

if (values.help) {
  say(USAGE);
} else {
  const apply = values.apply === undefined ? undefined : await readFile(values.apply, "utf8");
  const million = await openMillion({ papers: Number(values.papers), rebuild: values.rebuild, apply });
  try {
    await run(million);
  } finally {
    await million.stop();
  }
}

async function run(million: Million): Promise<void> {
  if (values.explain !== undefined) {
    const variables = JSON.parse(values.variables) as Record<string, unknown>;
    process.stdout.write(`${await explain(million.url, { search: values.explain, ...variables })}\n`);
    return;
  }
  const results = await measureSearches(million);
  if (isWanted(WRITES) && !values.family) {
    if (million.isOurs) results.writes = await writeChecks(million);
    else say("The checks of writing are left out: others use this server.");
  }
  process.stdout.write(`${report(results)}\n`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(results, null, 1)}\n`);
}

async function measureSearches(million: Million): Promise<Results> {
  const source = createDataSource({ url: million.url, poolSize: 2, queryTimeout: 600_000 });
  await source.initialize();
  const db = databaseOf(source);
  await prewarm(db);
  const api = await startServer(million.url);
  const results: Results = { papers: million.papers, kinds: [], references: null, writes: null };
  try {
    const { queries, kinds } = await searchQuestions(api, db);
    for (const [kind, questions] of Object.entries(kinds)) {
      if (!isWanted(kind)) continue;
      const started = performance.now();
      const chosen = sampled((await questions()).filter(isChosen));
      if (chosen.length) results.kinds.push([kind, await measure(api, chosen, repeat)]);
      say(`${kind}: ${chosen.length} questions, ${((performance.now() - started) / 1_000).toFixed(0)} s`);
    }
    await api.stop();
    if (isWanted(FIRST_PAGES) && !values["no-references"])
      results.references = await references(db, million, sampled(queries.filter(isChosen)));
    return results;
  } finally {
    await api.stop();
    await source.destroy();
  }
}

/** The same places of lists of the same length. */
function sampled<T>(items: T[]): T[] {
  const step = Math.max(1, items.length / Number(values.sample ?? Infinity));
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/** Reads all tables and indexes once: after a start of the machine they are not in memory. */
async function prewarm(db: Database): Promise<void> {
  await db.query("bench.prewarm", raw("CREATE EXTENSION IF NOT EXISTS pg_prewarm"));
  await db.query(
    "bench.prewarm",
    raw(
      "SELECT sum(pg_prewarm(oid, 'read')) FROM pg_class WHERE relkind IN ('r', 'i', 't') AND oid >= 16384",
    ),
  );
}

async function references(
  db: Database,
  million: Million,
  queries: readonly BenchQuery[],
): Promise<ReferenceTimes> {
  const started = performance.now();
  const usual: number[] = [];
  const times = async (run: () => Promise<number>, count: number) => {
    const all: number[] = [];
    for (let turn = 0; turn < count; turn++) all.push(await run());
    return all;
  };
  for (const { plain } of queries)
    usual.push(await measureReference((count) => times(() => usualSearch(db, plain), count), repeat));
  const sqlite = await openSqlite(db, million);
  const fts5: number[] = [];
  for (const { plain } of sqlite ? queries : [])
    fts5.push(await measureReference((count) => sqlite?.ask(plain, count) ?? Promise.resolve([]), repeat));
  await sqlite?.stop();
  say(`references: ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  return { usual, sqlite: sqlite ? fts5 : null };
}

function report({ papers, kinds, references, writes }: Results): string {
  const first = kinds.find(([kind]) => kind === FIRST_PAGES)?.[1];
  return [
    `${papers} papers, one client over HTTP, milliseconds, median of ${repeat} runs after a warm-up`,
    first ? firstPageTable(first, references ?? { usual: [], sqlite: null }) : "",
    kinds.length ? kindsTable(kinds) : "",
    ...kinds.map(([kind, timed]) => slowest(kind, timed)),
    writes ? writesTable(writes) : "",
  ]
    .filter(Boolean)
    .join("\n\n");
}
