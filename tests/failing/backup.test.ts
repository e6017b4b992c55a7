import { mkdtemp } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { raw } from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { createDataSource, databaseOf } from "../../src/platform/database/data-source.js";
import { buildUser } from "../support/build.js";
import { papergraph, run } from "../support/command.js";
import { installedPostgres, startInstalled, type InstalledServer } from "../support/debian-postgres.js";
import { onServer } from "../support/on-server.js";
import { freePort } from "../support/postgres-server.js";
import { loadSample } from "../../src/sample/load-sample.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { UpvoteStore } from "../../src/upvotes/upvote.store.js";

const bin = installedPostgres();
const QUESTION =
  '{ papers(search: "reasoning models", first: 20) { totalCount edges { score node { id title upvoteCount tags { name } } } } }';

async function answersOf(url: string): Promise<string> {
  const source = await createDataSource({ url, poolSize: 2, queryTimeout: 20_000 }).initialize();
  const app = await createApp({ logLevel: "silent", graphiql: false, introspection: false }, source);
  const { body } = await app.inject({ method: "POST", url: "/graphql", payload: { query: QUESTION } });
  await app.close();
  await source.destroy();
  return body;
}

describe.skipIf(bin === null)("a dump (skipped without PostgreSQL's own programs)", () => {
  let server: InstalledServer;
  let from: string;
  let to: string;
  beforeAll(async () => {
    server = startInstalled(bin!, await freePort());
    [from, to] = ["original", "restored"].map((name) => server.url.replace(/postgres$/, name)) as [
      string,
      string,
    ];
    for (const name of ["original", "restored"]) await onServer(server.url, `CREATE DATABASE ${name}`);
  });
  afterAll(() => {
    server.stop();
  });

  it("holds everything: checks pass, searches answer the same, upvotes are there", async () => {
    expect(await run(["migrate"], { DATABASE_URL: from })).toMatchObject({ code: 0 });
    const source = await createDataSource({ url: from, poolSize: 2, queryTimeout: 20_000 }).initialize();
    const db = databaseOf(source);
    await loadSample(db);
    const { key } = await buildUser(db);
    expect(await new UpvoteStore(db, columnsOf(source)).add(key, "2505.24864")).toMatchObject({
      changed: true,
    });
    await db.query("test.analyze", raw("ANALYZE"));
    await source.destroy();

    const file = join(await mkdtemp(join(tmpdir(), "papergraph-dump-")), "papergraph.dump");
    server.run("pg_dump", ["--format=custom", `--file=${file}`, from]);
    server.run("pg_restore", ["--no-owner", "--no-privileges", "--exit-on-error", `--dbname=${to}`, file]);
    await onServer(to, "ANALYZE");

    expect((await run(["migrate"], { DATABASE_URL: to })).stdout).toBe("The schema is up to date.\n");
    const checked = await run(["check"], { DATABASE_URL: to });
    expect(checked.stdout).toMatch(/^All is well/);
    const restored = await answersOf(to);
    expect(restored).toBe(await answersOf(from));
    expect(restored).toContain('"upvoteCount"');
    expect(JSON.parse((await run(["stats", "--json"], { DATABASE_URL: to })).stdout)).toMatchObject({
      papers: 56,
      upvotes: 1,
    });
  });
});

describe("the folder of the built-in database", () => {
  it("is a backup when it is copied while it is stopped", async () => {
    const folder = await mkdtemp(join(tmpdir(), "papergraph-folder-"));
    const [data, backup] = [join(folder, "data"), join(folder, "backup")];
    const server = papergraph(["serve"], { DATA_DIR: data, LOG_LEVEL: "silent" });
    const [, url] = await server.says(/listens on (http:\S+)/);
    const [, token] = await server.says(/Bearer (\S+?)'/);
    const upvoted = await fetch(`${url}/api/papers/2505.24864/upvote`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
    });
    expect(upvoted.status).toBe(200);
    server.process.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    execFileSync("cp", ["-a", data, backup]);
    const stats = await run(["stats", "--json"], { DATA_DIR: backup });
    expect(JSON.parse(stats.stdout)).toMatchObject({ papers: 56, upvotes: 1 });
  });
});
