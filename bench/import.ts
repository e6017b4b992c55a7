import "reflect-metadata";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { from as copyFrom } from "pg-copy-streams";
import sql, { raw } from "sql-template-tag";
import { createDataSource, databaseOf, migrate } from "../src/platform/database/data-source.js";
import type { Database } from "../src/platform/database/database.js";
import { copyText, type CopyValue } from "../src/import/merge/copy-text.js";
import { importFiles, importSources } from "../src/import/import-papers.js";
import { bytesOf, fileSource } from "../src/import/import-source.js";
import { linesOf } from "../src/import/parse/lines.js";
import { readPaper } from "../src/import/parse/read-paper.js";
import { startScratchServer } from "./support/scratch-server.js";
import { say, table } from "./support/table.js";

const USAGE = `npm run bench:import -- [FILE…]
Times an import beside the plain SQL that a person would write for the same rows: COPY, tsvectors, CREATE INDEX.
Without files, those of PAPERGRAPH_DATA, or of shared/data beside the checkout.`;

const NEW_PAPERS = 1_000;

type Timed = [what: string, seconds: number, note: string];

const given = process.argv.slice(2);
if (given.includes("--help")) say(USAGE);
else await run(given.length ? given : realFiles());

function realFiles(): string[] {
  const folder = resolve(
    process.env.PAPERGRAPH_DATA || fileURLToPath(new URL("../../shared/data", import.meta.url)),
  );
  return ["hf-daily-papers.jsonl.gz", "papers-large.jsonl.gz"].map((name) => join(folder, name));
}

async function run(files: string[]): Promise<void> {
  const server = await startScratchServer();
  const source = createDataSource({
    url: await server.createDatabase("papers"),
    poolSize: 2,
    queryTimeout: 600_000,
  });
  try {
    await source.initialize();
    await migrate(source);
    const db = databaseOf(source);
    const plain = await plainSteps(db, files);
    const own = await imports(db, files);
    const ratio = (own[0]?.[1] ?? 0) / plain.reduce((sum, [, seconds]) => sum + seconds, 0);
    const rows = [...plain, ...own].map(([what, seconds, note]) => [what, seconds.toFixed(1), note]);
    process.stdout.write(`${table(["", "seconds", ""], rows)}\n\nimport / plain SQL = ${ratio.toFixed(2)}\n`);
  } finally {
    await source.destroy();
    await server.stop();
  }
}

async function imports(db: Database, files: string[]): Promise<Timed[]> {
  const first = await importFiles(db, files);
  const before = await rowsWritten(db);
  const again = await importFiles(db, files);
  const written = (await rowsWritten(db)) - before;
  const lines = await newLines(files);
  const more = await importSources(db, [
    { name: "new", size: null, open: () => [Buffer.from(lines.join("\n"))] },
  ]);
  return [
    ["import", first.seconds, `${first.added} papers, ${first.rejected} rejected`],
    ["the same again", again.seconds, `${written} rows written`],
    ["new papers", more.seconds, `${more.added} into a full database`],
  ];
}

async function plainSteps(db: Database, files: string[]): Promise<Timed[]> {
  const folder = await mkdtemp(join(tmpdir(), "papergraph-bench-"));
  const file = join(folder, "papers.copy");
  await pipeline(Readable.from(plainRows(files)), createWriteStream(file));
  const timed: Timed[] = [];
  const time = async (what: string, work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    timed.push([`plain: ${what}`, (performance.now() - started) / 1_000, ""]);
  };
  await db.query(
    "bench.plain",
    raw(
      "CREATE TABLE plain (id text, title text, abstract text, published_at timestamptz, names text, authors text)",
    ),
  );
  await time("COPY", () =>
    db.connected((client) =>
      pipeline(createReadStream(file), client.query(copyFrom("COPY plain FROM STDIN"))),
    ),
  );
  await db.query("bench.plain", raw("CREATE TABLE plain_search (id text, tsv tsvector)"));
  await time("tsvectors", () =>
    db.query(
      "bench.plain",
      sql`INSERT INTO plain_search
          SELECT id, setweight(to_tsvector('papergraph', search_text(title)), 'A')
            || setweight(to_tsvector('papergraph', search_text(names)), 'B')
            || setweight(to_tsvector('papergraph_names', search_text(authors)), 'C')
            || setweight(to_tsvector('papergraph', search_text(abstract)), 'D')
          FROM plain`,
    ),
  );
  await time("CREATE INDEX", () =>
    db.query("bench.plain", raw("CREATE INDEX ON plain_search USING gin (tsv)")),
  );
  await db.query("bench.plain", raw("DROP TABLE plain, plain_search"));
  await rm(folder, { recursive: true });
  return timed;
}

async function* plainRows(files: string[]): AsyncGenerator<string> {
  for await (const line of linesIn(files)) {
    const { externalId, title, abstract, publishedAt, keywords, organisations, authors } = readPaper(line);
    const names = [
      ...(keywords ?? []),
      ...(organisations ?? []).map(({ slug, name }) => `${slug} . ${name ?? ""}`),
    ];
    const writers = (authors ?? []).map(({ name }) => name);
    const row: CopyValue[] = [
      externalId,
      title,
      abstract ?? "",
      publishedAt,
      names.join(" . "),
      writers.join(" . "),
    ];
    yield copyText(row);
  }
}

/** Papers that are not there yet, with the words, tags and authors of some that are. */
async function newLines(files: string[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesIn(files.slice(-1))) {
    if (lines.length === NEW_PAPERS) break;
    const { paper, ...beside } = JSON.parse(line) as { paper: { id: string } };
    lines.push(JSON.stringify({ ...beside, paper: { ...paper, id: `new-${paper.id}` } }));
  }
  return lines;
}

async function* linesIn(files: string[]): AsyncGenerator<string> {
  const { signal } = new AbortController();
  for (const file of files) {
    for await (const { text } of linesOf(bytesOf(await fileSource(file), signal, () => undefined))) {
      if (text !== null) yield text;
    }
  }
}

async function rowsWritten(db: Database): Promise<number> {
  await db.query("bench.flush", raw("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()"));
  const row = await db.first<{ rows: number }>(
    "bench.written",
    raw("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 AS rows FROM pg_stat_user_tables"),
  );
  return row?.rows ?? 0;
}
