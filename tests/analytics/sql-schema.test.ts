import { randomBytes } from "node:crypto";
import pg from "pg";
import sql from "sql-template-tag";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { grantAnalytics, revokeAnalytics } from "../../src/analytics/sql-access/analytics-role.store.js";
import { buildPaper } from "../support/build.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let database: TestDatabase;
const role = `analyst_${randomBytes(4).toString("hex")}`;
let clients: pg.Client[] = [];
beforeAll(async () => {
  database = await testDatabase();
  await buildPaper(database.db, { tags: ["a"], organisations: ["b"], authors: ["c"] });
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end()));
  clients = [];
  await database.source.query(
    `DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN DROP OWNED BY ${role}; DROP ROLE ${role}; END IF; END $$`,
  );
});
afterAll(() => database.drop());

async function connectedAs(password: string): Promise<pg.Client> {
  const url = new URL(database.url);
  url.username = role;
  url.password = password;
  const client = new pg.Client({ connectionString: url.href });
  clients.push(client);
  await client.connect();
  return client;
}

const names = async (client: pg.Client, query: string) =>
  (await client.query<{ name: string }>(query)).rows.map(({ name }) => name);

const VIEWS = [
  ...["authors", "daily_comments", "daily_upvotes", "organisations", "paper_authors"],
  ...["paper_organisations", "paper_tags", "papers", "tags"],
];

describe("the schema analytics", () => {
  it("tells of every view and of every column what it is", async () => {
    const rows = await database.db.query<{ view: string; column: string | null; about: string | null }>(
      "test.comments",
      sql`SELECT c.relname AS view, a.attname AS column, col_description(c.oid, a.attnum) AS about
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
          WHERE c.relnamespace = 'analytics'::regnamespace
          UNION ALL SELECT relname, NULL, obj_description(oid, 'pg_class') FROM pg_class
          WHERE relnamespace = 'analytics'::regnamespace`,
    );
    expect([...new Set(rows.map(({ view }) => view))].sort()).toEqual(VIEWS);
    expect(rows.filter(({ about }) => !about || about.length < 8)).toEqual([]);
  });
});

describe("look-ups in the views", () => {
  it.each(["tag", "organisation", "author"])("find the papers of one %s by an index", async (kind) => {
    const client = await connectedAs((await grantAnalytics(database.db, role))!);
    // On so few papers the planner would read them all.
    await client.query("SET enable_seqscan = off; SET enable_indexscan = off");
    const { rows } = await client.query<{ "QUERY PLAN": string }>(
      `EXPLAIN SELECT title FROM papers WHERE ${kind}_ids @> ARRAY[(SELECT min(${kind}_id) FROM ${kind}s)]`,
    );
    expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).toContain(
      `Bitmap Index Scan on paper_search_${kind}_ids_idx`,
    );
    const { rows: found } = await client.query(
      `SELECT title FROM papers WHERE ${kind}_ids @> ARRAY[(SELECT min(${kind}_id) FROM ${kind}s)]`,
    );
    expect(found).toHaveLength(1);
  });

  it("do not read lists that nobody asks for", async () => {
    const client = await connectedAs((await grantAnalytics(database.db, role))!);
    const { rows } = await client.query<{ "QUERY PLAN": string }>("EXPLAIN SELECT sum(upvotes) FROM papers");
    expect(rows.map((row) => row["QUERY PLAN"]).join("\n")).not.toContain("paper_search");
  });
});

describe("a role for analytics", () => {
  it("reads every view, and no table beside them", async () => {
    const client = await connectedAs((await grantAnalytics(database.db, role))!);
    const readable = await names(
      client,
      `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
         AND has_schema_privilege(n.oid, 'USAGE')
         AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE') ELSE has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
       ORDER BY 1`,
    );
    expect(readable).toEqual(VIEWS.map((view) => `analytics.${view}`));
    for (const view of VIEWS) await client.query(`SELECT * FROM ${view}`);
    expect((await client.query("SELECT title FROM papers")).rows).toHaveLength(1);
  });

  it.each([
    "SELECT * FROM public.upvotes",
    "SELECT * FROM public.digest_subscriptions",
    "SELECT token_hash FROM public.access_tokens",
    "INSERT INTO papers (paper_id) VALUES (1)",
    "UPDATE tags SET name = 'x'",
    "DELETE FROM authors",
    "TRUNCATE public.papers",
    "CREATE TABLE analytics.mine (x integer)",
    "CREATE TABLE public.mine (x integer)",
    "CREATE SCHEMA mine",
    "CREATE ROLE another",
    "ALTER VIEW analytics.papers RENAME TO mine",
    "COPY papers TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "SET ROLE postgres",
    "CREATE TEMP TABLE mine (x integer)",
    "CREATE FUNCTION pg_temp.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SET temp_file_limit = -1",
  ])("may not: %s", async (statement) => {
    const client = await connectedAs((await grantAnalytics(database.db, role))!);
    await client.query("SET default_transaction_read_only = off");
    await expect(client.query(statement)).rejects.toThrow(
      /permission denied|must be owner|does not exist|cannot (insert|update|delete)/,
    );
    const left = await database.db.first<{ papers: number }>(
      "test.left",
      sql`SELECT count(*) AS papers FROM papers`,
    );
    expect(left).toEqual({ papers: 1 });
  });

  it("has statements ended after a minute, and writes nothing by default", async () => {
    const client = await connectedAs((await grantAnalytics(database.db, role))!);
    const setting = async (name: string) =>
      (await client.query<Record<string, string>>(`SHOW ${name}`)).rows[0]![name];
    expect(await setting("statement_timeout")).toBe("1min");
    expect(await setting("idle_in_transaction_session_timeout")).toBe("1min");
    expect(await setting("default_transaction_read_only")).toBe("on");
    expect(await setting("search_path")).toBe("analytics");
    await client.query("SET statement_timeout = 50");
    await expect(client.query("SELECT pg_sleep(5)")).rejects.toThrow("statement timeout");
  });

  it("has a limit of temporary files that it cannot lift", async () => {
    const password = (await grantAnalytics(database.db, role))!;
    const client = await connectedAs(password);
    await client.query("SET default_transaction_read_only = off");
    const name = new URL(database.url).pathname.slice(1);
    await expect(
      client.query(`ALTER ROLE ${role} IN DATABASE ${name} RESET temp_file_limit`),
    ).rejects.toThrow("permission denied");
    await client.query(`ALTER ROLE ${role} IN DATABASE ${name} RESET ALL`);
    const later = await connectedAs(password);
    expect((await later.query("SHOW temp_file_limit")).rows).toEqual([{ temp_file_limit: "1GB" }]);
    await revokeAnalytics(database.db, role);
    const freed = await connectedAs(password);
    expect((await freed.query("SHOW temp_file_limit")).rows).toEqual([{ temp_file_limit: "-1" }]);
  });

  it("leaves temporary tables to those who import", async () => {
    const importer = `${role}_importer`;
    await database.source.query(`CREATE ROLE ${importer}; GRANT INSERT ON papers TO ${importer}`);
    await grantAnalytics(database.db, role);
    const may = await database.db.query(
      "test.temporary",
      sql`SELECT rolname AS role, has_database_privilege(oid, current_database(), 'TEMPORARY') AS may FROM pg_roles
          WHERE rolname IN (${role}, ${importer}) ORDER BY 1`,
    );
    await database.source.query(`DROP OWNED BY ${importer}; DROP ROLE ${importer}`);
    expect(may).toEqual([
      { role, may: false },
      { role: importer, may: true },
    ]);
  });

  it("reads views that later versions add, and keeps its password when it is granted again", async () => {
    const password = (await grantAnalytics(database.db, role))!;
    await database.source.query("CREATE VIEW analytics.later AS SELECT 1 AS one");
    expect(await grantAnalytics(database.db, role)).toBeNull();
    const client = await connectedAs(password);
    expect((await client.query("SELECT one FROM later")).rows).toEqual([{ one: 1 }]);
    await database.source.query("DROP VIEW analytics.later");
  });

  it("reads nothing any more when that is taken back, and stays", async () => {
    const password = (await grantAnalytics(database.db, role))!;
    await revokeAnalytics(database.db, role);
    const client = await connectedAs(password);
    await expect(client.query("SELECT * FROM analytics.papers")).rejects.toThrow("permission denied");
    await expect(revokeAnalytics(database.db, "nobody_of_that_name")).rejects.toThrow("There is no role");
  });

  it.each([
    ["CREATE ROLE ROLE SUPERUSER", "is a superuser"],
    ["CREATE ROLE ROLE CREATEDB", "may create databases"],
    ["CREATE ROLE ROLE CREATEROLE", "may create roles"],
    ["CREATE ROLE ROLE IN ROLE pg_read_all_data", "is a member of pg_read_all_data"],
    ["CREATE ROLE ROLE; GRANT SELECT ON public.users TO ROLE", "may read or change public.users"],
    ["CREATE ROLE ROLE; GRANT SELECT (user_id) ON public.upvotes TO ROLE", "may read or change public."],
    ["CREATE ROLE ROLE; GRANT CREATE ON SCHEMA public TO ROLE", "may create things in the schema public"],
  ])("is refused what it could misuse: %s", async (statement, reason) => {
    await database.source.query(
      statement.replaceAll("ROLE ROLE", `ROLE ${role}`).replaceAll("TO ROLE", `TO ${role}`),
    );
    await expect(grantAnalytics(database.db, role)).rejects.toThrow(reason);
    const granted = await database.db.query(
      "test.granted",
      sql`SELECT FROM pg_namespace, aclexplode(nspacl) a WHERE nspname = 'analytics' AND a.grantee = ${role}::regrole`,
    );
    expect(granted).toEqual([]);
  });

  it.each(["", "a".repeat(64), "pg_mine", "public"])("has a name that a role can have: %j", async (name) => {
    await expect(grantAnalytics(database.db, name)).rejects.toThrow(/name/);
  });
});
