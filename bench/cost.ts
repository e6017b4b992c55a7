import "reflect-metadata";
import { parseArgs } from "node:util";
import pg from "pg";
import { buildGraphqlSchema } from "../src/api/graphql/schema.js";
import { costRequests, type CostRequest, type Facts } from "./support/cost-requests.js";
import { start } from "./support/processes.js";
import { say, table } from "./support/table.js";

const USAGE = `npm run bench:cost -- --database URL [options]
The work of a point: sends requests that people send, requests that are meant to be dear and documents made of the schema, one
after the other, and prints the processor's and the database's milliseconds and the bytes that one charged point paid for.
  --database URL   a database that has papers
  --documents N    made of the schema (250)
  --seed N         of the documents (1)
  --times N        that each request is measured (10)
  --most N         requests that are printed (25)`;

const { values } = parseArgs({
  options: {
    database: { type: "string" },
    documents: { type: "string", default: "250" },
    seed: { type: "string", default: "1" },
    times: { type: "string", default: "10" },
    most: { type: "string", default: "25" },
    help: { type: "boolean", default: false },
  },
});

interface Measured {
  name: string;
  points: number;
  cpu: number;
  sql: number;
  bytes: number;
  status: number;
}

if (values.help || !values.database) say(USAGE);
else await run(values.database);

async function run(database: string): Promise<void> {
  const facts = await factsOf(database);
  const requests = costRequests(buildGraphqlSchema(), facts, Number(values.documents), Number(values.seed));
  const server = await start("Papergraph", ["src/main.ts", "serve"], {
    DATABASE_URL: database,
    LOG_LEVEL: "error",
    METRICS: "on",
    RATE_LIMIT_ANONYMOUS: "100000000",
  });
  try {
    const measured: Measured[] = [];
    for (const request of requests) measured.push(await measure(server.url, request, Number(values.times)));
    report(measured.filter(({ status }) => status === 200));
  } finally {
    await server.stop();
  }
}

async function factsOf(database: string): Promise<Facts> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const texts = async (sql: string) =>
    (await client.query<{ text: string }>(sql)).rows.map(({ text }) => text);
  try {
    return {
      ids: await texts("SELECT external_id AS text FROM papers ORDER BY upvote_count DESC, id LIMIT 100"),
      manyAuthors:
        (await texts("SELECT external_id AS text FROM papers ORDER BY author_count DESC LIMIT 1"))[0] ?? "",
      tags: await texts("SELECT slug AS text FROM tags ORDER BY paper_count DESC LIMIT 40"),
      organisations: await texts("SELECT slug AS text FROM organisations ORDER BY paper_count DESC LIMIT 20"),
    };
  } finally {
    await client.end();
  }
}

async function measure(url: string, request: CostRequest, times: number): Promise<Measured> {
  let last = await send(url, request);
  const idle = await usage(url);
  const before = await usage(url);
  const first = last.remaining;
  for (let time = 0; time < times; time++) {
    const { remaining } = last;
    last = await send(url, request);
    // A minute has ended, and all points are there again.
    if (last.remaining > remaining) return measure(url, request, times);
  }
  const after = await usage(url);
  // Reading the metrics takes time itself: what it took right before is left out.
  const cpu = after.cpu - before.cpu - (before.cpu - idle.cpu);
  return {
    name: request.name,
    points: Math.max(1, (first - last.remaining) / times),
    cpu: Math.max(0, cpu) / times,
    sql: (after.sql - before.sql) / times,
    bytes: last.bytes,
    status: last.status,
  };
}

async function send(
  url: string,
  { body, path }: CostRequest,
): Promise<{ remaining: number; bytes: number; status: number }> {
  const answer = body
    ? await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    : await fetch(url + (path ?? "/"));
  const text = await answer.text();
  return {
    remaining: Number(/r=(-?\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1]),
    bytes: text.length,
    status: answer.status,
  };
}

/** Milliseconds of the process and of its statements so far. */
async function usage(url: string): Promise<{ cpu: number; sql: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0) * 1_000;
  return {
    cpu: sum(/^process_cpu_seconds_total (\S+)$/gm),
    sql: sum(/^papergraph_sql_statement_duration_seconds_sum\{[^}]*\} (\S+)$/gm),
  };
}

function report(measured: Measured[]): void {
  const perPoint = measured.map((one) => ({ ...one, each: (one.cpu + one.sql) / one.points }));
  perPoint.sort((a, b) => b.each - a.each);
  const each = perPoint.map((one) => one.each);
  const median = each[Math.floor(each.length / 2)] ?? 0;
  const rows = perPoint
    .slice(0, Number(values.most))
    .map(({ name, points, cpu, sql, bytes, each }) => [
      name.slice(0, 70),
      points.toFixed(0),
      cpu.toFixed(1),
      sql.toFixed(1),
      String(bytes),
      each.toFixed(2),
    ]);
  process.stdout.write(`${table(["request", "points", "cpu ms", "sql ms", "bytes", "ms a point"], rows)}\n`);
  const [dearest = 0] = each;
  say(
    `${measured.length} requests: a point pays for ${median.toFixed(2)} ms (median), ${dearest.toFixed(2)} ms at most, ${(dearest / median).toFixed(1)} times as much; 6,000 points for ${((6_000 * dearest) / 1_000).toFixed(1)} s of one core at most.`,
  );
}
