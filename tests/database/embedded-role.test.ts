import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDataSource, migrate } from "../../src/platform/database/data-source.js";
import { applicationUrl } from "../../src/platform/database/embedded/embedded-role.js";
import { startEmbedded, type EmbeddedPostgres } from "../../src/platform/database/embedded/embedded.js";
import { run } from "../support/command.js";

let folder: string;
let server: EmbeddedPostgres;

const start = () => startEmbedded({ dataDir: join(folder, "data"), durable: false });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "papergraph-role-"));
  // As root the server runs as another user, who has to get through.
  await chmod(folder, 0o755);
  server = await start();
  const source = createDataSource({ url: applicationUrl(server.url), poolSize: 2, queryTimeout: 60_000 });
  await source.initialize();
  await migrate(source);
  await source.destroy();
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Of each owner but the extensions' the kinds of things that it has. */
const OWNERS = `
  SELECT DISTINCT owner::regrole::text AS owner FROM (
    SELECT relowner AS owner, relnamespace AS namespace, oid, 'pg_class'::regclass AS class FROM pg_class
    UNION ALL SELECT proowner, pronamespace, oid, 'pg_proc'::regclass FROM pg_proc
    UNION ALL SELECT typowner, typnamespace, oid, 'pg_type'::regclass FROM pg_type
    UNION ALL SELECT cfgowner, cfgnamespace, oid, 'pg_ts_config'::regclass FROM pg_ts_config
    UNION ALL SELECT nspowner, oid, oid, 'pg_namespace'::regclass FROM pg_namespace WHERE nspname = 'analytics') AS thing
  WHERE namespace IN ('public'::regnamespace, 'analytics'::regnamespace)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = oid AND d.deptype = 'e')`;

describe("the role that serves from the built-in PostgreSQL", () => {
  it("owns the database and has no power beyond it", async () => {
    const url = applicationUrl(server.url);
    expect(
      await query(
        url,
        `SELECT current_user AS name, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS power,
                pg_get_userbyid(datdba) AS owner
         FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()`,
      ),
    ).toEqual([{ name: "papergraph_app", power: false, owner: "papergraph_app" }]);
    for (const statement of [
      "COPY papers TO PROGRAM 'cat'",
      "SELECT pg_read_file('PG_VERSION')",
      "ALTER SYSTEM SET work_mem = '1GB'",
      "CREATE ROLE another",
      "ALTER ROLE papergraph PASSWORD 'x'",
    ])
      await expect(query(url, statement)).rejects.toMatchObject({ code: "42501" });
    await expect(query(url.replace(/papergraph$/, "postgres"), "SELECT 1")).rejects.toMatchObject({
      code: "42501",
    });
    expect(new URL(url).password).not.toContain(new URL(server.url).password);
  });

  it("takes over what the superuser owned, with the rights of those who read the views", async () => {
    await query(
      server.url,
      `CREATE ROLE reader LOGIN PASSWORD 'reader';
       REASSIGN OWNED BY papergraph_app TO papergraph;
       DROP OWNED BY papergraph_app; DROP ROLE papergraph_app;
       GRANT USAGE ON SCHEMA analytics TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO reader;
       ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT ON TABLES TO reader`,
    );
    expect(await query(server.url, OWNERS)).toEqual([{ owner: "papergraph" }]);
    await server.stop();
    server = await start();

    expect(await query(server.url, OWNERS)).toEqual([{ owner: "papergraph_app" }]);
    await query(applicationUrl(server.url), "CREATE VIEW analytics.later AS SELECT 1 AS one");
    const reader = new URL(server.url);
    reader.username = reader.password = "reader";
    expect(await query(reader.href, "SELECT one FROM analytics.later")).toEqual([{ one: 1 }]);
    expect(await query(reader.href, "SELECT count(*)::int AS papers FROM analytics.papers")).toEqual([
      { papers: 0 },
    ]);
    await query(applicationUrl(server.url), "DROP VIEW analytics.later");
  });

  it("leaves roles for analytics to the superuser, and their address says how long it holds", async () => {
    const { port } = new URL(server.url);
    const env = { DATA_DIR: join(folder, "data"), DATABASE_URL: "" };
    const changing = await run(["analytics", "grant", "first"], env);
    expect(changing).toMatchObject({ code: 0 });
    expect(changing.stdout).toContain(`@127.0.0.1:${port}/papergraph`);
    expect(changing.stderr).toContain("set EMBEDDED_PORT to keep it");
    const lasting = await run(["analytics", "grant", "second"], { ...env, EMBEDDED_PORT: port });
    expect(lasting.stderr).not.toContain("EMBEDDED_PORT");
    expect(await query(lasting.stdout.trim(), "SELECT count(*)::int AS papers FROM papers")).toEqual([
      { papers: 0 },
    ]);
    await query(applicationUrl(server.url), "CREATE VIEW analytics.later AS SELECT 1 AS one");
    expect(await query(lasting.stdout.trim(), "SELECT one FROM later")).toEqual([{ one: 1 }]);
  });
});
