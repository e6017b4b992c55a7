import sql from "sql-template-tag";
import { afterEach, describe, expect, inject, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { openDatabase } from "../../src/platform/database/open-database.js";
import { databaseOf } from "../../src/platform/database/data-source.js";
import { readConfig } from "../../src/config/config.js";
import { buildPaper, buildUser, type BuiltPaper } from "../support/build.js";
import { papergraph, run } from "../support/command.js";
import { hasPgBouncer, startPgBouncer, type PgBouncer } from "../support/pgbouncer.js";
import { onServer } from "../support/on-server.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let test: TestDatabase;
let bouncer: PgBouncer;
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function behind(mode: "session" | "transaction"): Promise<void> {
  test = await testDatabase();
  ends.push(() => test.drop());
  bouncer = await startPgBouncer(test.url, mode);
  ends.push(() => bouncer.stop());
}

const environment = (pooler: string) => ({ DATABASE_URL: bouncer.url, DATABASE_POOLER: pooler });

/** Many people upvote at once through a server; all votes are counted. */
async function upvoteAtOnce(pooler: string): Promise<void> {
  const papers: BuiltPaper[] = [];
  for (let n = 0; n < 4; n++) papers.push(await buildPaper(test.db, { title: `Pooled ${n}` }));
  const { tokens } = createStores(test.db, columnsOf(test.source));
  const secrets: string[] = [];
  for (let n = 0; n < 20; n++) {
    const user = await buildUser(test.db);
    secrets.push((await tokens.create(user.key, "test", null)).secret);
  }
  const server = papergraph(["serve"], {
    ...environment(pooler),
    LOG_LEVEL: "silent",
    HTTP_MAX_REQUESTS_PER_CALLER: "200",
    HTTP_MAX_CONNECTIONS_PER_ADDRESS: "200",
  });
  const [, url] = await server.says(/listens on (http:\S+)/);
  const answers = await Promise.all(
    secrets.flatMap((secret) =>
      papers.map(async ({ id }) => {
        const response = await fetch(`${url}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
          body: JSON.stringify({
            query: "mutation ($id: ID!) { addUpvote(input: { paperId: $id }) { changed } }",
            variables: { id },
          }),
        });
        return response.text();
      }),
    ),
  );
  expect(new Set(answers)).toEqual(new Set(['{"data":{"addUpvote":{"changed":true}}}\n']));
  const search = await fetch(`${url}/api/papers/search?q=pooled`);
  expect((await search.json()) as object[]).toHaveLength(4);
  server.process.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
  const [{ votes } = { votes: 0 }] = await test.db.query<{ votes: number }>(
    "test.votes",
    sql`SELECT count(*) AS votes FROM upvotes`,
  );
  expect(votes).toBe(80);
}

describe.skipIf(!hasPgBouncer)("behind PgBouncer in session mode", () => {
  it("sets on each connection what PgBouncer takes no startup options for", async () => {
    await behind("session");
    const database = await openDatabase(readConfig({ ...environment("session"), QUERY_TIMEOUT: "4321" }));
    ends.push(() => database.close());
    const rows = await databaseOf(database.source).query<{ name: string; setting: string }>(
      "test.settings",
      sql`SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'TimeZone', 'search_path', 'jit') ORDER BY name`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      statement_timeout: "4321",
      TimeZone: "UTC",
      search_path: "public",
      jit: "off",
    });
  });

  it("serves, and loses no upvote", async () => {
    await behind("session");
    await upvoteAtOnce("session");
  });
});

describe.skipIf(!hasPgBouncer)("behind PgBouncer in transaction mode", () => {
  it("says in one line what the role has to carry, and serves once it does", async () => {
    await behind("transaction");
    const refused = await run(["serve"], environment("transaction"));
    expect(refused.code).toBe(1);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
    const statements = refused.stderr.match(/ALTER ROLE [^;]+;/g) ?? [];
    expect(statements.length).toBeGreaterThan(3);
    const name = new URL(test.url).pathname.slice(1);
    // In this test's database alone, as other tests use the role.
    for (const statement of statements)
      await onServer(inject("serverUrl"), statement.replace(" SET ", ` IN DATABASE ${name} SET `));
    await bouncer.stop();
    bouncer = await startPgBouncer(test.url, "transaction");
    await upvoteAtOnce("transaction");
    const imported = await run(["import", "-"], environment("transaction"), "{}\n");
    expect(imported.code).toBe(1);
    expect(imported.stderr).toMatch(/needs a session, .*: set DATABASE_URL/);
  });
});
