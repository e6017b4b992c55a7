import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import type { TestProject } from "vitest/node";
import { createDataSource, migrate } from "../../src/platform/database/data-source.js";
import { startEmbedded } from "../../src/platform/database/embedded/embedded.js";
import { onServer } from "./on-server.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** A server on which tests may create databases. */
    serverUrl: string;
    /** A migrated, empty database to copy. */
    template: string;
  }
}

/** Runs once before all tests: a real PostgreSQL (TEST_DATABASE_URL, or our own) with one migrated database to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(await fastDirectory(), "papergraph-tests-"));
  const given = process.env.TEST_DATABASE_URL;
  const server = given
    ? null
    : await startEmbedded({ dataDir, durable: false, settings: { max_connections: "200" } });
  const serverUrl = given ?? server?.url ?? "";
  const template = `papergraph_template_${process.pid}`;
  await onServer(serverUrl, `CREATE DATABASE ${template}`);
  const url = new URL(serverUrl);
  url.pathname = template;
  const source = createDataSource({ url: url.href, poolSize: 2, queryTimeout: 60_000 });
  await source.initialize();
  await migrate(source);
  await source.destroy();
  project.provide("serverUrl", serverUrl);
  project.provide("template", template);
  return async () => {
    await onServer(serverUrl, `DROP DATABASE ${template} WITH (FORCE)`);
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

/** Copying a database is twenty times as fast in memory; containers have little of it there unless told otherwise. */
async function fastDirectory(): Promise<string> {
  const memory = await statfs("/dev/shm").catch(() => null);
  return memory && memory.bavail * memory.bsize > 2 ** 30 ? "/dev/shm" : tmpdir();
}
