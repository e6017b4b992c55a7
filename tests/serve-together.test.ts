import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { papergraph, type Running } from "./support/command.js";
import { onServer } from "./support/on-server.js";

/** CI has few processors; TOGETHER=10 tries more. */
const INSTANCES = Number(process.env.TOGETHER ?? 3);

let name: string;
let url: string;
const started: Running[] = [];
beforeEach(async () => {
  name = `papergraph_together_${randomBytes(6).toString("hex")}`;
  await onServer(inject("serverUrl"), `CREATE DATABASE ${name}`);
  url = Object.assign(new URL(inject("serverUrl")), { pathname: `/${name}` }).href;
});
afterEach(async () => {
  for (const { process: child } of started) child.kill("SIGTERM");
  await Promise.all(started.splice(0).map(({ ended }) => ended));
  await onServer(inject("serverUrl"), `DROP DATABASE ${name} WITH (FORCE)`);
});

async function rows(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const result = await client.query<Record<string, unknown>>(text).finally(() => client.end());
  return result.rows;
}

it("instances that start together on an empty database all serve, and one of them loads the sample", async () => {
  const env = { DATABASE_URL: url, DATABASE_POOL_SIZE: "3" };
  for (let n = 0; n < INSTANCES; n++) started.push(papergraph(["serve"], env));
  const urls = await Promise.all(
    started.map(async (server) => (await server.says(/listens on (http:\S+)/))[1]),
  );
  for (const at of urls) {
    const query = encodeURIComponent("{ papers { totalCount } }");
    const response = await fetch(`${at}/graphql?query=${query}`, {
      headers: { accept: "application/json", "apollo-require-preflight": "1" },
    });
    expect(await response.json()).toEqual({ data: { papers: { totalCount: 56 } } });
  }
  expect(await rows("SELECT outcome, added FROM import_runs")).toEqual([{ outcome: "complete", added: 56 }]);
}, 240_000);
