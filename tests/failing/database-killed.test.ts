import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDataSource, databaseOf, migrate } from "../../src/platform/database/data-source.js";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { buildPaper, buildUser } from "../support/build.js";
import { papergraph, type Running } from "../support/command.js";
import { eventually } from "../support/eventually.js";
import { postgresServer, type PostgresServer } from "../support/postgres-server.js";

const VOTERS = 40;
const PAPERS = 12;

let postgres: PostgresServer;
let server: Running;
let url: string;
let tokens: string[];
let papers: string[];
beforeAll(async () => {
  postgres = await postgresServer();
  await postgres.start();
  const source = await connect().initialize();
  await migrate(source);
  const db = databaseOf(source);
  papers = [];
  for (let n = 0; n < PAPERS; n++)
    papers.push((await buildPaper(db, { tags: ["Voting"], upvotes: n })).externalId);
  const stores = createStores(db, columnsOf(source));
  tokens = [];
  for (let n = 0; n < VOTERS; n++) {
    const { key } = await buildUser(db);
    tokens.push((await stores.tokens.create(key, "test", null)).secret);
  }
  await source.destroy();
  server = papergraph(["serve"], {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: "silent",
    // All voters come from one address.
    HTTP_MAX_CONNECTIONS_PER_ADDRESS: "1000",
    HTTP_MAX_REQUESTS_PER_CALLER: "1000",
  });
  url = (await server.says(/listens on (http:\S+)/))[1]!;
});
afterAll(async () => {
  server.process.kill("SIGTERM");
  await server.ended;
  await postgres.stop();
});

function connect() {
  return createDataSource({ url: postgres.url, poolSize: 2, queryTimeout: 20_000 });
}

interface Tally {
  /** By user and paper: what the last acknowledged change left. */
  acknowledged: Set<string>;
  answers: Map<number, number>;
  wrong: string[];
}

/** Each voter upvotes all papers, one after the other, again after whatever failed. */
async function vote(voter: number, { acknowledged, answers, wrong }: Tally): Promise<void> {
  for (const paper of papers) {
    for (;;) {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${tokens[voter]}` },
        body: JSON.stringify({
          query: `mutation { addUpvote(input: { paperId: "${paper}" }) { changed } }`,
        }),
      });
      const { data, errors } = (await response.json()) as {
        data?: { addUpvote: { changed: boolean } | null } | null;
        errors?: { extensions: { code: string } }[];
      };
      answers.set(response.status, (answers.get(response.status) ?? 0) + 1);
      const isUpvoted = data?.addUpvote != null;
      if (isUpvoted) acknowledged.add(`${voter} ${paper}`);
      const isUnavailable =
        response.status === 503 &&
        errors?.[0]?.extensions.code === "SERVICE_UNAVAILABLE" &&
        response.headers.has("retry-after");
      if (!isUpvoted && !isUnavailable) wrong.push(`${response.status} ${JSON.stringify(errors)}`);
      if (isUpvoted) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function statusOf(path: string): Promise<number> {
  return (await fetch(url + path)).status;
}

it("loses and doubles no upvote when PostgreSQL is killed under load, and recovers by itself", async () => {
  const tally: Tally = { acknowledged: new Set(), answers: new Map(), wrong: [] };
  const load = Promise.all(tokens.map((_, voter) => vote(voter, tally)));
  for (let round = 1; round <= 2; round++) {
    const before = tally.acknowledged.size;
    await eventually("votes are taken", () => tally.acknowledged.size > before + 40);
    await postgres.kill();
    await eventually("readiness is red", async () => (await statusOf("/readyz")) === 503);
    expect(await statusOf("/healthz")).toBe(200);
    const anonymous = await fetch(`${url}/graphql?query={papers(first:1){totalCount}}`, {
      headers: { "apollo-require-preflight": "yes" },
    });
    expect(anonymous.status).toBe(503);
    expect((await fetch(`${url}/api/papers?q=voting`)).headers.get("retry-after")).toMatch(/^[1-9]$/);
    await postgres.start();
    await eventually("readiness is green again", async () => (await statusOf("/readyz")) === 200);
  }
  await load;
  expect(tally.wrong).toEqual([]);
  expect(tally.answers.get(503)).toBeGreaterThan(0);
  expect(tally.acknowledged.size).toBe(VOTERS * PAPERS);

  const source = await connect().initialize();
  const rows = await databaseOf(source).query(
    "test.papers",
    sql`SELECT upvote_local AS local, upvote_count - upvote_base AS counted,
               (SELECT count(*) FROM upvotes u WHERE u.paper_id = p.id) AS rows FROM papers p WHERE upvote_local > 0`,
  );
  expect(rows).toEqual(Array(PAPERS).fill({ local: VOTERS, counted: VOTERS, rows: VOTERS }));
  await eventually("the tag has all upvotes", async () => {
    const row = await databaseOf(source).first<{ sum: number }>(
      "test.tag",
      sql`SELECT upvote_count AS sum FROM tags WHERE slug = 'voting'`,
    );
    return row?.sum === VOTERS * PAPERS + (PAPERS * (PAPERS - 1)) / 2;
  });
  await source.destroy();
});
