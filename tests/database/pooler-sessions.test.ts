import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { afterEach, describe, expect, inject, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { withImportSession } from "../../src/import/import-session.js";
import {
  createDataSource,
  closeSource,
  databaseOf,
  migrate,
} from "../../src/platform/database/data-source.js";
import { checkRoleSettings } from "../../src/platform/database/check-suitability.js";
import { sessionSettings } from "../../src/platform/database/session-settings.js";
import { DeliveryStore } from "../../src/digest/delivery.store.js";
import { eventually } from "../support/eventually.js";
import { onServer } from "../support/on-server.js";
import { hasPgBouncer, startPgBouncer } from "../support/pgbouncer.js";
import { TestWork } from "../support/request-work.js";
import { testDatabase } from "../support/test-database.js";

const GONE = new Error("gone");
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(mode: "off" | "session" | "transaction", poolSize: number) {
  const test = await testDatabase();
  ends.push(() => test.drop());
  let url = test.url;
  const limits = { ...readConfig({ DATABASE_POOLER: mode }), poolSize };
  if (mode === "transaction") {
    const name = new URL(url).pathname.slice(1);
    const role = new URL(url).username;
    for (const [k, v] of Object.entries(sessionSettings(limits)))
      await onServer(inject("serverUrl"), `ALTER ROLE ${role} IN DATABASE ${name} SET ${k} = '${v}'`);
  }
  if (mode !== "off") {
    const bouncer = await startPgBouncer(url, mode);
    ends.push(() => bouncer.stop());
    url = bouncer.url;
  }
  const source = createDataSource({ ...limits, url, poolSize });
  await source.initialize();
  ends.push(() => closeSource(source));
  return { test, source, db: databaseOf(source), limits };
}

const SHOWN = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "TimeZone",
  "search_path",
  "jit",
  "max_parallel_workers_per_gather",
];
async function shown(db: ReturnType<typeof databaseOf>) {
  const rows = await db.query<{ name: string; setting: string }>(
    "t.s",
    sql`SELECT name, setting FROM pg_settings WHERE name = ANY(${SHOWN})`,
  );
  return Object.fromEntries(rows.map((r) => [r.name, r.setting]));
}

describe.skipIf(!hasPgBouncer).each(["off", "session"] as const)("settings with pooler %s", (mode) => {
  it("stand after migrate", async () => {
    const { source, db } = await open(mode, 1);
    const before = await shown(db);
    await migrate(source);
    expect(await shown(db)).toEqual(before);
  });
  it("stand after an import's session", async () => {
    const { db } = await open(mode, 1);
    const before = await shown(db);
    await withImportSession(db, () => Promise.resolve());
    expect(await shown(db)).toEqual(before);
  });
  it("stand after a digest that waited", async () => {
    const { db } = await open(mode, 2);
    const before = await shown(db);
    const store = new DeliveryStore(db);
    let free: () => void = () => undefined;
    const held = new Promise<void>((r) => (free = r));
    const first = store.alone(
      () => held,
      () => undefined,
    );
    await sleep(200);
    const second = store.alone(
      () => Promise.resolve(),
      () => {
        setTimeout(free, 100);
      },
    );
    await Promise.all([first, second]);
    const both = await Promise.all(
      [0, 1].map(() =>
        db.transaction(async (tx) => {
          await tx.query("t.w", sql`SELECT pg_sleep(0.1)`);
          return shown(tx);
        }),
      ),
    );
    expect(both).toEqual([before, before]);
  });
});

describe.skipIf(!hasPgBouncer).each(["session", "transaction"] as const)(
  "cancelling with pooler %s",
  (mode) => {
    it("ends the right statement, and no other", async () => {
      const { test, db } = await open(mode, 4);
      const requestOf = () => {
        const work = new TestWork("a");
        return { db: db.heardBy(() => undefined, work), work };
      };
      const r = requestOf();
      const asked = r.db.query("rev.long", sql`SELECT pg_sleep(30)`);
      const outcome = expect(asked).rejects.toBe(GONE);
      const running = async () =>
        (
          await test.db.query(
            "t.a",
            sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '/* rev.long */%'`,
          )
        ).length;
      await eventually("runs", async () => (await running()) === 1);
      r.work.end(GONE);
      await outcome;
      await eventually("ended", async () => (await running()) === 0);
      let wrong = 0;
      for (let round = 0; round < 300; round++) {
        const q = requestOf();
        const a = q.db.query("t.short", sql`SELECT pg_sleep(0.002)`).catch((e: unknown) => e);
        await sleep(Math.random() * 4);
        q.work.end(GONE);
        await a;
        const others = await Promise.allSettled(
          Array.from({ length: 4 }, () => db.query("t.o", sql`SELECT pg_sleep(0.003)`)),
        );
        wrong += others.filter((o) => o.status === "rejected").length;
      }
      expect(wrong).toBe(0);
    });
    it("ends what its statement_timeout ends, and streams", async () => {
      const { db } = await open(mode, 4);
      expect((await shown(db)).TimeZone).toBe("UTC");
      await expect(
        db.transaction((tx) => tx.query("t.d", sql`SELECT pg_sleep(20)`), { statementTimeout: 200 }),
      ).rejects.toMatchObject({ code: "QUERY_TIMEOUT" });
      let n = 0;
      for await (const b of db.stream("t.st", sql`SELECT n FROM generate_series(1, 5000) n`, {
        batchSize: 500,
        signal: new AbortController().signal,
        idleTimeout: 5000,
      }))
        n += b.length;
      expect(n).toBe(5000);
    });
  },
);

it.skipIf(!hasPgBouncer)("role check takes settings IN DATABASE", async () => {
  const { source, limits } = await open("transaction", 2);
  await checkRoleSettings(source, sessionSettings(limits));
});
