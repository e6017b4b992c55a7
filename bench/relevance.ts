import "reflect-metadata";
import { parseArgs } from "node:util";
import type { DataSource } from "typeorm";
import { createDataSource, databaseOf, migrate } from "../src/platform/database/data-source.js";
import { importSources } from "../src/import/import-papers.js";
import { MAX_SEARCH_LENGTH } from "../src/shared/validate-input.js";
import { cutAtWord, paperLines, readCollection, type Collection } from "./support/beir.js";
import { mean } from "./support/metrics.js";
import { relevanceReferences } from "./support/relevance-references.js";
import { judge, relevanceTable, worstQueries, type Judged } from "./support/relevance-report.js";
import { startScratchServer, type ScratchServer } from "./support/scratch-server.js";
import { startServer, type ApiServer } from "./support/server.js";
import { say } from "./support/table.js";

const USAGE = `npm run bench:relevance -- DIR… [--qrels NAME] [--per-query]
Judges searches through the API by test collections in BEIR's layout (corpus.jsonl, queries.jsonl, qrels/test.tsv).
  --qrels NAME   the judgements of qrels/NAME.tsv instead
  --per-query    also lists the queries that BM25 answers better`;

/** What is asked for: enough for recall@100. */
const DEPTH = 100;

const QUESTION = `query ($search: String!) { papers(search: $search, first: ${DEPTH}) { edges { score node { externalId } } } }`;

interface Found {
  papers: { edges: { score: number | null; node: { externalId: string } }[] };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    qrels: { type: "string", default: "test" },
    "per-query": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help || !positionals.length) {
  say(USAGE);
  process.exit(values.help ? 0 : 2);
}
const collections = await Promise.all(positionals.map((path) => readCollection(path, values.qrels)));
const server = await startScratchServer();
try {
  const judged: Judged[] = [];
  for (const collection of collections) judged.push(await measure(server, collection));
  process.stdout.write(`${relevanceTable(judged)}\n`);
  if (values["per-query"]) process.stdout.write(`\n${judged.map(worstQueries).join("\n\n")}\n`);
} finally {
  await server.stop();
}

async function measure(server: ScratchServer, collection: Collection): Promise<Judged> {
  const url = await server.createDatabase(collection.name);
  const source = createDataSource({ url, poolSize: 2, queryTimeout: 600_000 });
  await source.initialize();
  try {
    const documents = await load(source, collection);
    const api = await startServer(url);
    try {
      return await ask(api, source, collection, documents);
    } finally {
      await api.stop();
    }
  } finally {
    await source.destroy();
  }
}

/** @returns the documents' own ids by the papers' ids. */
async function load(source: DataSource, collection: Collection): Promise<Map<string, string>> {
  await migrate(source);
  const documents = new Map<string, string>();
  const lines = { name: collection.name, size: null, open: () => paperLines(collection, documents) };
  const report = await importSources(databaseOf(source), [lines]);
  say(`${collection.name}: ${report.added} papers imported in ${report.seconds.toFixed(1)} s`);
  for (const { line, reason } of report.rejections) say(`  document ${line} is left out: ${reason}`);
  return documents;
}

async function ask(
  api: ApiServer,
  source: DataSource,
  collection: Collection,
  documents: ReadonlyMap<string, string>,
): Promise<Judged> {
  const references = await relevanceReferences(databaseOf(source));
  const documentsOf = (papers: readonly string[]) => papers.map((id) => documents.get(id) ?? id);
  const queries = collection.queries.map((query) => ({
    ...query,
    asked: cutAtWord(query.text, MAX_SEARCH_LENGTH),
  }));
  const cut = queries.filter(({ text, asked }) => asked !== text).length;
  if (cut) say(`  ${cut} queries are longer than ${MAX_SEARCH_LENGTH} characters and were cut`);
  // The first questions pay for the connections and for what is compiled at first use.
  for (const { asked } of queries.slice(0, 5)) await api.ask(QUESTION, { search: asked });
  const answers: Parameters<typeof judge>[1][number][] = [];
  for (const query of queries) {
    const { answer, milliseconds } = await api.ask<Found>(QUESTION, { search: query.asked });
    if (answer.errors) say(`  query ${query.id} failed: ${JSON.stringify(answer.errors)}`);
    const papers = answer.data?.papers.edges.map(({ node }) => node.externalId) ?? [];
    const ranked: Record<string, string[]> = {};
    for (const [name, rank] of Object.entries(references))
      ranked[name] = documentsOf(await rank(query.text, DEPTH));
    answers.push({ query, milliseconds, failed: !!answer.errors, own: documentsOf(papers), ranked });
  }
  say(
    `  ${queries.length} queries asked, ${mean(answers.map((each) => each.milliseconds)).toFixed(1)} ms each`,
  );
  return judge({ name: collection.name, documents: documents.size, cut }, answers);
}
