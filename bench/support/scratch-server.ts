import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded } from "../../src/platform/database/embedded/embedded.js";

/** A PostgreSQL for one run. */
export interface ScratchServer {
  /** @returns the address of a new, empty database. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

const ENOUGH_MEMORY = 2 ** 30;

export async function startScratchServer(): Promise<ScratchServer> {
  const memory = await statfs("/dev/shm").catch(() => null);
  const place = memory && memory.bavail * memory.bsize > ENOUGH_MEMORY ? "/dev/shm" : tmpdir();
  const dataDir = await mkdtemp(join(place, "papergraph-bench-"));
  const server = await startEmbedded({ dataDir, durable: false });
  return {
    async createDatabase(name) {
      await onServer(server.url, `CREATE DATABASE "${name.replaceAll('"', '""')}"`);
      const url = new URL(server.url);
      url.pathname = encodeURIComponent(name);
      return url.href;
    },
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
