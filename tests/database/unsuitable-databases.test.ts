import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { afterAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { createDataSource, migrate, refuseNewerSchema } from "../../src/platform/database/data-source.js";
import { openDatabase } from "../../src/platform/database/open-database.js";
import { OperatorError } from "../../src/shared/errors.js";
import { onServer } from "../support/on-server.js";
import { testDatabase } from "../support/test-database.js";

const suffix = randomBytes(4).toString("hex");
const ROLE = `papergraph_guest_${suffix}`;
const made: string[] = [];
afterAll(async () => {
  for (const name of made) await onServer(inject("serverUrl"), `DROP DATABASE ${name} WITH (FORCE)`);
  await onServer(inject("serverUrl"), `DROP ROLE IF EXISTS ${ROLE}`);
});

/** @returns the address of a new, empty database. */
async function emptyDatabase(options = ""): Promise<URL> {
  const name = `papergraph_unsuitable_${suffix}_${made.length}`;
  await onServer(inject("serverUrl"), `CREATE DATABASE ${name} ${options}`);
  made.push(name);
  const url = new URL(inject("serverUrl"));
  url.pathname = name;
  return url;
}

/** Does what a start does. */
async function start(url: URL): Promise<void> {
  const database = await openDatabase(readConfig({ DATABASE_URL: url.href }));
  try {
    await refuseNewerSchema(database.source);
    await migrate(database.source);
  } finally {
    await database.close();
  }
}

async function refusalOf(url: URL): Promise<string> {
  const error: unknown = await start(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OperatorError);
  const { message } = error as OperatorError;
  expect(message).not.toContain("\n");
  return message;
}

const LIBC_C = "LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0";

describe("a database that does not fit is refused in one line", () => {
  it.each(["SQL_ASCII", "LATIN1"])("encoding %s", async (encoding) => {
    expect(await refusalOf(await emptyDatabase(`ENCODING '${encoding}' ${LIBC_C}`))).toMatch(
      new RegExp(`encoding is ${encoding}.*CREATE DATABASE`),
    );
  });

  it("LC_CTYPE C", async () => {
    expect(await refusalOf(await emptyDatabase(`ENCODING 'UTF8' ${LIBC_C}`))).toMatch(
      /LC_CTYPE is C.*searches miss/,
    );
  });

  it("a schema analytics of somebody else", async () => {
    const url = await emptyDatabase();
    await onServer(url.href, "CREATE SCHEMA analytics");
    expect(await refusalOf(url)).toMatch(/schema analytics already/);
  });

  it("a role that may create nothing, and then one thing after the other", async () => {
    const url = await emptyDatabase();
    const database = url.pathname.slice(1);
    await onServer(url.href, `CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'`);
    await onServer(url.href, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    const guest = new URL(url);
    guest.username = ROLE;
    guest.password = "secret";
    expect(await refusalOf(guest)).toContain(`GRANT CREATE ON SCHEMA public TO ${ROLE}`);
    await onServer(url.href, `GRANT CREATE ON SCHEMA public TO ${ROLE}`);
    expect(await refusalOf(guest)).toContain(`GRANT CREATE ON DATABASE ${database} TO ${ROLE}`);
    await onServer(url.href, `CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm`);
    expect(await refusalOf(guest)).toContain(`GRANT CREATE ON DATABASE ${database} TO ${ROLE}`);
    await onServer(url.href, `GRANT CREATE ON DATABASE ${database} TO ${ROLE}`);
    await start(guest);
  });

  it("a schema that is newer than the program", async () => {
    const test = await testDatabase();
    await onServer(
      test.url,
      "INSERT INTO migrations (timestamp, name) VALUES (9999999999999, 'Future9999999999999')",
    );
    expect(await refusalOf(new URL(test.url))).toMatch(/newer than this version \(Future9999999999999\)/);
    await test.drop();
  });

  it("a stray percent sign in its address", () => {
    expect(() => readConfig({ DATABASE_URL: "postgres://user:50%off@127.0.0.1/papers" })).toThrow(/%25/);
  });
});

it("takes a database that has a schema of the role's name", async () => {
  const url = await emptyDatabase();
  await onServer(url.href, `CREATE SCHEMA "${decodeURIComponent(url.username)}"`);
  await start(url);
  const source = await createDataSource({ url: url.href, poolSize: 1, queryTimeout: 5_000 }).initialize();
  const rows = await source.query<{ schema: string }[]>(
    "SELECT DISTINCT schemaname AS schema FROM pg_tables WHERE tablename IN ('papers', 'migrations')",
  );
  expect(rows).toEqual([{ schema: "public" }]);
  await source.destroy();
});
