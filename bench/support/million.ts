import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import sql, { raw } from "sql-template-tag";
import type { DataSource } from "typeorm";
import { createDataSource, databaseOf, migrate } from "../../src/platform/database/data-source.js";
import type { Database } from "../../src/platform/database/database.js";
import { findRunning, startEmbedded } from "../../src/platform/database/embedded/embedded.js";
import { importSources } from "../../src/import/import-papers.js";
import { refreshTiers } from "../../src/search/ranking/tiers.js";
import { REAL_PAPERS, realLines } from "./real-papers.js";
import { onServer } from "./scratch-server.js";
import { readMaterial, syntheticPapers, type Material } from "./synthetic-papers.js";
import { say } from "./table.js";

/** Another one builds the papers anew: raise it with whatever changes them. */
const GENERATOR = 1;
const SEED = 20_261_123;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Papers between two lines of progress. */
const EVERY = 25_000;

interface OpenServer {
  url: string;
  /** Whether this process started it. */
  isOurs: boolean;
  stop(): Promise<void>;
}

/** A database of many papers that is built once and kept. */
export interface Million extends OpenServer {
  papers: number;
  /** Seconds that building took, when it was. */
  built: number;
  /** Where files that belong to it are kept: a path to put a suffix to. */
  path: string;
  /** Its version: what is derived from the papers is outdated by another one. */
  version: string;
}

export interface MillionOptions {
  papers: number;
  rebuild: boolean;
  /** SQL that makes of the kept papers what migrations edited since they were built would make. */
  apply?: string;
  settings?: Record<string, string>;
  log?: (line: string) => void;
}

interface Marker {
  generator: number;
  papers: number;
  migrations: string;
  seconds: number;
}

/** Opens the papers kept in BENCH_DIR; builds them first when there are none, or others than wanted. */
export async function openMillion(options: MillionOptions): Promise<Million> {
  const path = pathOf(options.papers);
  const server = await openServer(path, options);
  try {
    const marker = await readMarker(server.url);
    const isUsable = marker?.generator === GENERATOR && marker.papers === options.papers && !options.rebuild;
    if (!isUsable && !server.isOurs)
      throw new Error(`${path} is in use and not complete: is it being built?`);
    const { seconds } = isUsable
      ? await updateSchema(server.url, marker, options.apply)
      : await build(server.url, options.papers);
    return { ...server, papers: options.papers, built: seconds, path, version: String(GENERATOR) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function pathOf(papers: number): string {
  const folder = resolve(process.env.BENCH_DIR || join(ROOT, ".papergraph-bench"));
  return join(folder, papers === 1_000_000 ? "million" : `papers-${papers}`);
}

async function openServer(path: string, { papers, settings, log }: MillionOptions): Promise<OpenServer> {
  const url = await findRunning(path);
  if (url) {
    say(`Another process runs the server in ${path}: that one is used, with its settings.`);
    return { url, isOurs: false, stop: () => Promise.resolve() };
  }
  if (!existsSync(path)) say(`Building ${papers} papers in ${path}, once.`);
  const server = await startEmbedded({ dataDir: path, durable: false, settings, log });
  return { url: server.url, isOurs: true, stop: () => server.stop() };
}

/** A paper of its own kind of ids for each number: for what is to be added to the million. */
export async function freshLines(count: number): Promise<string[]> {
  const material = await readMaterial(realLines(count), count);
  const options = { count, seed: SEED + 1, prefix: "fresh" };
  return [...syntheticPapers(material, options)].map((paper) => JSON.stringify(paper));
}

async function readMarker(url: string): Promise<Marker | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Marker>("SELECT * FROM bench_build");
    return rows[0] ?? null;
  } catch (error) {
    if ((error as { code?: string }).code === "42P01") return null;
    throw error;
  } finally {
    await client.end();
  }
}

/** New migrations run; those that were edited since the papers were built cannot. */
async function updateSchema(url: string, marker: Marker, apply?: string): Promise<Marker> {
  const source = await connected(url);
  try {
    const db = databaseOf(source);
    const ran = await migrate(source);
    if (ran.length) await refreshTiers(db);
    if (apply) await db.query("bench.apply", raw(apply));
    if (ran.length || apply) {
      await db.query("bench.analyze", raw("VACUUM ANALYZE"));
      await writeMarker(db, marker.papers, marker.seconds);
    } else if (marker.migrations !== (await migrationsHash())) {
      say("Migrations were edited since these papers were built: --rebuild, or --apply what they changed.");
    }
    return marker;
  } finally {
    await source.destroy();
  }
}

async function build(url: string, papers: number): Promise<{ seconds: number }> {
  const started = performance.now();
  const server = new URL(url);
  const name = server.pathname.slice(1);
  server.pathname = "postgres";
  await onServer(server.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await onServer(server.href, `CREATE DATABASE ${name}`);
  const source = await connected(url);
  try {
    await migrate(source);
    const db = databaseOf(source);
    const real = Math.min(papers, REAL_PAPERS);
    const material =
      papers > real ? await readMaterial(realLines(real), real) : { papers: [], authors: [], upvotes: [] };
    say(`Material: ${material.papers.length} papers, ${elapsed(started)} s`);
    const lines = { name: "papers", size: null, open: () => linesOf(material, real, papers - real) };
    const report = await importSources(db, [lines], { progress: progress(papers) });
    for (const { line, reason } of report.rejections) say(`  line ${line} is left out: ${reason}`);
    say(`Imported ${report.added} papers in ${report.seconds.toFixed(0)} s`);
    const seconds = Math.round((performance.now() - started) / 1_000);
    await writeMarker(db, papers, seconds);
    return { seconds };
  } finally {
    await source.destroy();
  }
}

async function* linesOf(material: Material, real: number, synthetic: number): AsyncGenerator<Buffer> {
  for await (const line of realLines(real)) yield Buffer.from(`${line}\n`);
  const options = { count: synthetic, seed: SEED, prefix: "synthetic" };
  for (const paper of syntheticPapers(material, options)) yield Buffer.from(`${JSON.stringify(paper)}\n`);
}

function progress(total: number) {
  const started = performance.now();
  let told = 0;
  return {
    start: () => undefined,
    update(_: number, papers: number) {
      if (papers - told < EVERY) return;
      told = papers;
      say(`  ${papers} of ${total} papers, ${elapsed(started)} s`);
    },
    note: (text: string) => {
      say(`  ${text} ${elapsed(started)} s`);
    },
    clear: () => undefined,
    stop: () => undefined,
  };
}

function elapsed(started: number): string {
  return ((performance.now() - started) / 1_000).toFixed(0);
}

async function writeMarker(db: Database, papers: number, seconds: number): Promise<void> {
  await db.query(
    "bench.dropMarker",
    raw(
      `CREATE TABLE IF NOT EXISTS bench_build (generator integer, papers integer, migrations text, seconds integer)`,
    ),
  );
  await db.query("bench.clearMarker", raw("TRUNCATE bench_build"));
  await db.query(
    "bench.writeMarker",
    sql`INSERT INTO bench_build VALUES (${GENERATOR}, ${papers}, ${await migrationsHash()}, ${seconds})`,
  );
}

/** Of the text of all migrations. */
async function migrationsHash(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(MIGRATIONS)).sort()) hash.update(await readFile(join(MIGRATIONS, name)));
  return hash.digest("hex").slice(0, 16);
}

async function connected(url: string): Promise<DataSource> {
  const source = createDataSource({ url, poolSize: 2, queryTimeout: 3_600_000 });
  return source.initialize();
}
