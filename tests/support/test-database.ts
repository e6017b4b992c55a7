import { randomBytes } from "node:crypto";
import type { DataSource } from "typeorm";
import { inject } from "vitest";
import {
  createDataSource,
  databaseOf,
  type ConnectionOptions,
} from "../../src/platform/database/data-source.js";
import type { Database } from "../../src/platform/database/database.js";
import { onServer } from "./on-server.js";

export interface TestDatabase {
  url: string;
  source: DataSource;
  db: Database;
  drop(): Promise<void>;
}

/** A migrated, empty database of one's own, copied from the template. Drop it in afterAll. */
export async function testDatabase(options: Partial<ConnectionOptions> = {}): Promise<TestDatabase> {
  const serverUrl = inject("serverUrl");
  const name = `papergraph_test_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${inject("template")}`);
  const address = new URL(serverUrl);
  address.pathname = name;
  const source = createDataSource({ url: address.href, poolSize: 10, queryTimeout: 20_000, ...options });
  await source.initialize();
  return {
    url: address.href,
    source,
    db: databaseOf(source),
    async drop() {
      await source.destroy();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
