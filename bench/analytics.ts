import "reflect-metadata";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import pg from "pg";
import { SIDEBAR, SIDEBAR_PLAIN, WHOLE_CORPUS, wordsIn } from "./support/analytics-questions.js";
import { median, quantile } from "./support/metrics.js";
import { openMillion, type Million } from "./support/million.js";
import { startServer, type ApiServer } from "./support/server.js";
import { milliseconds, say, table, timesAsFast } from "./support/table.js";

const USAGE = `npm run bench:analytics -- [options]
Times analytics through the API at a million papers, which are built once and kept in BENCH_DIR (.papergraph-bench),
beside the plain SQL that a user would write, run by a client with PostgreSQL's own settings.
  --papers N     another number of papers (1000000)
  --searches N   how many searches of about a hundredth of the papers are asked with facets and figures (40)
  --repeat N     how often the questions about all papers are asked, by a server that remembers none of them (3)
  --only TEXT    only questions whose name has the text
  --no-plain     leaves out the plain SQL`;

const { values } = parseArgs({
  options: {
    papers: { type: "string", default: "1000000" },
    searches: { type: "string", default: "40" },
    repeat: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    "no-plain": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** What a search with figures beside it may take; of the first answers about all papers see their own list. */
const SIDEBAR_TARGET = 150;
const REPEATED_TARGET = 20;

/** Of all papers: those that a search matches. */
const SHARE = 0.01;

const isWanted = (label: string) => label.includes(values.only);

if (values.help) {
  say(USAGE);
} else {
  const million = await openMillion({ papers: Number(values.papers), rebuild: false });
  try {
    const load = () => `load ${loadavg()[0]?.toFixed(1) ?? "?"}`;
    say(load());
    const tables = [await searches(million), await wholeCorpus(million)];
    process.stdout.write(`${million.papers} papers, through HTTP, ${load()}\n\n${tables.join("\n\n")}\n`);
  } finally {
    await million.stop();
  }
}

/** Each search is asked once: what took long is remembered for a minute. The first ones warm up. */
async function searches(million: Million): Promise<string> {
  const label = "facets + stats of a search";
  if (!isWanted(label)) return "";
  const client = await plainClient(million);
  const api = await startServer(million.url);
  const own: number[] = [];
  const plain: number[] = [];
  try {
    const [warm, ...words] = await wordsIn(client, SHARE, Number(values.searches) + 1);
    await answered(api, SIDEBAR, { search: warm });
    for (const search of words) {
      own.push(await answered(api, SIDEBAR, { search }));
      if (!values["no-plain"]) plain.push(await timed(client, SIDEBAR_PLAIN, [search]));
    }
  } finally {
    await api.stop();
    await client.end();
  }
  const row = (name: string, times: number[], target: string) => [
    name,
    String(times.length),
    ...[median(times), quantile(times, 0.95), Math.max(...times)].map(milliseconds),
    target,
  ];
  return table(
    [`${label}, ms`, "n", "p50", "p95", "max", "target"],
    [
      row("API", own, `p95 ≤ ${SIDEBAR_TARGET}`),
      ...(plain.length ? [row("plain SQL", plain, timesAsFast(median(own), median(plain)))] : []),
    ],
  );
}

/** Medians of so many servers' first answers, and of their second ones. */
async function wholeCorpus(million: Million): Promise<string> {
  const questions = WHOLE_CORPUS.filter(({ label }) => isWanted(label));
  const runs = questions.map(() => ({ first: [] as number[], again: [] as number[], plain: [] as number[] }));
  const client = await plainClient(million);
  try {
    for (let turn = 0; turn < Number(values.repeat); turn++) {
      const api = await startServer(million.url);
      try {
        // Its connections open, its modules load: what is measured is the question.
        await answered(api, "{ papers(first: 1) { nodes { title } stats { count } } }", {});
        for (const [index, { query, variables, plain }] of questions.entries()) {
          runs[index]?.first.push(await answered(api, query, variables));
          runs[index]?.again.push(await answered(api, query, variables));
          if (!values["no-plain"]) runs[index]?.plain.push(await timed(client, [plain], []));
        }
      } finally {
        await api.stop();
      }
    }
  } finally {
    await client.end();
  }
  const rows = questions.map(({ label, target }, index) => {
    const { first = [], again = [], plain = [] } = runs[index] ?? {};
    return [
      label,
      ...[first, again, plain].map((times) => milliseconds(times.length ? median(times) : undefined)),
      timesAsFast(median(first), plain.length ? median(plain) : undefined),
      target === null ? `again ≤ ${REPEATED_TARGET}` : `first ≤ ${target}, again ≤ ${REPEATED_TARGET}`,
    ];
  });
  return table(["about all papers, ms", "first", "again", "plain SQL", "ratio", "target"], rows);
}

async function answered(api: ApiServer, query: string, variables: Record<string, unknown>): Promise<number> {
  const { answer, milliseconds: taken } = await api.ask(query, variables);
  if (answer.errors) throw new Error(`${query}: ${answer.errors[0]?.message ?? ""}`);
  return taken;
}

/** As whoever connects with a tool of their own. */
async function plainClient({ url }: Million): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, options: "-c search_path=analytics,public" });
  await client.connect();
  return client;
}

async function timed(client: pg.Client, statements: readonly string[], given: unknown[]): Promise<number> {
  const started = performance.now();
  for (const statement of statements) await client.query(statement, given);
  return performance.now() - started;
}
