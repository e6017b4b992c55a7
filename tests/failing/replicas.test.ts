import type { FastifyInstance } from "fastify";
import sql, { raw } from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { createDataSource, databaseOf, migrate } from "../../src/platform/database/data-source.js";
import { buildPaper, buildUser } from "../support/build.js";
import { eventually } from "../support/eventually.js";
import { postgresServer, type PostgresServer } from "../support/postgres-server.js";

let primary: PostgresServer;
let replica: PostgresServer;
const source = (url: string) => createDataSource({ url, poolSize: 10, queryTimeout: 20_000 });
let written: Awaited<ReturnType<ReturnType<typeof source>["initialize"]>>;
let copied: typeof written;
let app: FastifyInstance;
let token: string;
let paper: string;
beforeAll(async () => {
  primary = await postgresServer();
  await primary.start();
  const made = await source(primary.url).initialize();
  await migrate(made);
  await made.destroy();
  await primary.stop();
  replica = await primary.replica();
  await primary.start();
  await replica.start();
  written = await source(primary.url).initialize();
  copied = await source(replica.url).initialize();
  const db = databaseOf(written);
  paper = (await buildPaper(db, { title: "A copied paper" })).externalId;
  const { key } = await buildUser(db);
  token = (await createStores(db, columnsOf(written)).tokens.create(key, "test", null)).secret;
  app = await createApp(
    { logLevel: "silent", graphiql: false, introspection: true, replicaUrls: [replica.url] },
    written,
  );
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await written.destroy();
  await copied.destroy();
  await replica.stop();
  await primary.stop();
});

async function ask(query: string, as?: string): Promise<{ status: number; body: string }> {
  const { statusCode: status, body } = await app.inject({
    method: "POST",
    url: "/graphql",
    headers: { "content-type": "application/json", ...(as && { authorization: `Bearer ${as}` }) },
    payload: { query },
  });
  return { status, body };
}

const UPVOTES = `{ paper(id: "2501.00001") { upvoteCount viewerHasUpvoted } }`;
const upvotes = async (as?: string) =>
  (
    JSON.parse((await ask(UPVOTES.replace("2501.00001", paper), as)).body) as {
      data: { paper: { upvoteCount: number } | null };
    }
  ).data.paper?.upvoteCount;

/** Statements of papers that a server has answered to this application. */
async function readsOf(of: typeof written): Promise<number> {
  await databaseOf(of).query("test.flush", sql`SELECT pg_stat_force_next_flush()`);
  const row = await databaseOf(of).first<{ reads: number }>(
    "test.reads",
    sql`SELECT coalesce(seq_scan + idx_scan, 0) AS reads FROM pg_stat_user_tables WHERE relname = 'papers'`,
  );
  return row!.reads;
}

it("reads from the replica, writes to the primary, and shows writers what they did", async () => {
  await eventually("the replica has the paper", async () => (await upvotes()) === 0);
  const before = await readsOf(copied);
  await eventually("the replica is read", async () => {
    await upvotes();
    return (await readsOf(copied)) > before;
  });

  // A replica that has stopped to replay is behind for good, and still within what is borne.
  await databaseOf(copied).query("test.pause", sql`SELECT pg_wal_replay_pause()`);
  await eventually("replaying is paused", async () => {
    const row = await databaseOf(copied).first<{ state: string }>(
      "test.state",
      sql`SELECT pg_get_wal_replay_pause_state() AS state`,
    );
    return row?.state === "paused";
  });
  const { body } = await ask(`mutation { addUpvote(input: { paperId: "${paper}" }) { changed } }`, token);
  expect(JSON.parse(body)).toEqual({ data: { addUpvote: { changed: true } } });
  expect(await upvotes(token)).toBe(1);
  const rest = await app.inject({
    url: `/api/papers/${paper}`,
    headers: { authorization: `Bearer ${token}` },
  });
  expect(rest.json<{ upvotes: number }>().upvotes).toBe(1);

  await eventually("a replica too far behind is left out", async () => (await upvotes()) === 1);
  await databaseOf(copied).query("test.resume", sql`SELECT pg_wal_replay_resume()`);
  const left = await readsOf(copied);
  await eventually("it is read again when it has caught up", async () => {
    await upvotes();
    return (await readsOf(copied)) > left;
  });
});

it("answers from the primary while the replica is down, and from the replica while the primary is", async () => {
  await replica.kill();
  for (let n = 0; n < 50; n++) expect(await upvotes()).toBe(1);
  await replica.start();
  const back = await source(replica.url).initialize();
  const before = await readsOf(back);
  await eventually("it is read again", async () => {
    await upvotes();
    return (await readsOf(back)) > before;
  });
  await back.destroy();
  await primary.kill();
  expect(await upvotes()).toBe(1);
  expect(
    (await ask(`mutation { addUpvote(input: { paperId: "${paper}" }) { changed } }`, token)).status,
  ).toBe(503);
  await primary.start();
  await eventually("writes are taken again", async () => {
    const { body } = await ask(
      `mutation { removeUpvote(input: { paperId: "${paper}" }) { changed } }`,
      token,
    );
    return body.includes('"changed":true');
  });
  await databaseOf(written).query("test.alive", raw("SELECT 1"));
});
