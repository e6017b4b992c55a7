import "reflect-metadata";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { raw } from "sql-template-tag";
import { createDataSource, databaseOf } from "../src/platform/database/data-source.js";
import { httpQuestions } from "./support/http-questions.js";
import { httpTable, type Figures } from "./support/http-report.js";
import { load } from "./support/load.js";
import { openMillion, type Million } from "./support/million.js";
import { start, type Server } from "./support/processes.js";
import { say } from "./support/table.js";

const USAGE = `npm run bench:http -- [options]
Requests a second of this server and, in the same run, on the same database, with the same number of connections to it, of a
hand-written Mercurius with JIT. Each round asks both, one after the other.
  --papers N       in the database, built once and kept in BENCH_DIR (100000)
  --seconds N      of one round (4)
  --rounds N       whose median counts (3)
  --clients N      connections that ask at once (16)
  --only A,B       of: list, paper, search, upvote
  --json FILE      writes all figures`;

const { values } = parseArgs({
  options: {
    papers: { type: "string", default: "100000" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
    clients: { type: "string", default: "16" },
    only: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

/** Both have so many connections to the database. */
const POOL_SIZE = "10";
const COMMON = {
  DATABASE_POOL_SIZE: POOL_SIZE,
  LOG_LEVEL: "error",
  RATE_LIMIT: "off",
  // All clients have one address here.
  HTTP_MAX_CONNECTIONS_PER_ADDRESS: "10000",
  HTTP_MAX_REQUESTS_PER_CALLER: "10000",
};

if (values.help) {
  say(USAGE);
} else {
  const million = await openMillion({ papers: Number(values.papers), rebuild: false });
  try {
    await run(million);
  } finally {
    await million.stop();
  }
}

async function run(million: Million): Promise<void> {
  const source = createDataSource({ url: million.url, poolSize: 2, queryTimeout: 600_000 });
  await source.initialize();
  const db = databaseOf(source);
  const env = { ...COMMON, DATABASE_URL: million.url };
  const servers: Server[] = [];
  try {
    const questions = (await httpQuestions(source)).filter(
      ({ name }) => values.only?.split(",").includes(name) ?? true,
    );
    servers.push(
      await start("Papergraph", ["src/main.ts", "serve"], { ...env, RESPONSE_CACHE: "0" }),
      await start("with cache", ["src/main.ts", "serve"], { ...env, RESPONSE_CACHE: "5" }),
      await start("Mercurius", ["bench/support/mercurius-reference.ts"], env),
    );
    const figures: Figures[] = [];
    for (const question of questions) {
      await question.compare?.(servers);
      for (const server of servers) await load(server.url, question.requests(), 1, Number(values.clients));
      for (let round = 0; round < Number(values.rounds); round++)
        for (const { name, url } of servers) {
          const asked = await load(url, question.requests(), Number(values.seconds), Number(values.clients));
          figures.push({ question: question.name, server: name, ...asked });
        }
      say(`${question.name}: done`);
    }
    process.stdout.write(`${httpTable(figures)}\n`);
    if (values.json) await writeFile(values.json, `${JSON.stringify(figures, null, 1)}\n`);
  } finally {
    for (const server of servers) await server.stop();
    await db.query("bench.clear", raw("DELETE FROM users WHERE username LIKE 'bench-http-%'"));
    await source.destroy();
  }
}
