import { setTimeout as sleep } from "node:timers/promises";
import sql, { raw } from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/platform/database/database.js";
import { eventually } from "../support/eventually.js";
import { TestWork } from "../support/request-work.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

const GONE = new Error("the client has left");

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase({ poolSize: 4, maxWaiting: 16 });
});
afterAll(() => test.drop());

const ignore = () => undefined;

function requestOf(caller: string): { db: Database; work: TestWork } {
  const work = new TestWork(caller);
  return { db: test.db.heardBy(ignore, work), work };
}

async function running(label: string): Promise<number> {
  const rows = await test.db.query(
    "test.activity",
    sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE ${`/* ${label} */%`}`,
  );
  return rows.length;
}

describe("a request that ends", () => {
  it("cancels its statement in PostgreSQL, and holds its connection until then", async () => {
    const { db, work } = requestOf("a");
    const asked = db.query("test.long", sql`SELECT pg_sleep(30)`);
    const outcome = expect(asked).rejects.toBe(GONE);
    await eventually("the statement runs", async () => (await running("test.long")) === 1);
    expect(work.held).toBe(1);
    work.end(GONE);
    await outcome;
    expect(await running("test.long")).toBe(0);
    expect(work.held).toBe(0);
    expect(work.sqlMilliseconds).toBeGreaterThan(0);
    await expect(db.query("test.late", sql`SELECT 1`)).rejects.toBe(GONE);
  });

  it("undoes its transaction, and leaves a connection that serves on", async () => {
    const { db, work } = requestOf("a");
    const before = test.db.poolState.total;
    const done = db.transaction(async (tx) => {
      await tx.query("test.insert", sql`INSERT INTO tags (slug, name) VALUES ('cancelled', 'cancelled')`);
      setTimeout(() => {
        work.end(GONE);
      }, 50);
      await tx.query("test.long", sql`SELECT pg_sleep(30)`);
    });
    await expect(done).rejects.toBe(GONE);
    expect(await test.db.query("test.read", sql`SELECT FROM tags WHERE slug = 'cancelled'`)).toEqual([]);
    expect(test.db.poolState.total).toBeLessThanOrEqual(Math.max(1, before));
  });

  it("never ends a statement of somebody else", async () => {
    for (let round = 0; round < 40; round++) {
      const { db, work } = requestOf("a");
      const asked = db.query("test.short", sql`SELECT pg_sleep(0.002)`).catch((error: unknown) => error);
      await sleep(Math.random() * 4);
      work.end(GONE);
      await asked;
      const others = Array.from({ length: 4 }, () =>
        test.db.query("test.other", sql`SELECT pg_sleep(0.003)`),
      );
      expect((await Promise.all(others)).length).toBe(4);
    }
  });

  it("takes its waiting statements out of the queue", async () => {
    const { db, work } = requestOf("a");
    const asked = Array.from({ length: 6 }, () =>
      db.query("test.long", sql`SELECT pg_sleep(30)`).catch((error: unknown) => error),
    );
    await eventually("two run, the others wait", async () => (await running("test.long")) === 2);
    expect(test.db.poolState.waiting).toBe(4);
    work.end(GONE);
    expect(await Promise.all(asked)).toEqual(Array(6).fill(GONE));
    expect(test.db.poolState.waiting).toBe(0);
  });

  it("ends the stream that it reads", async () => {
    const { db, work } = requestOf("a");
    const rows = db.stream("test.stream", raw("SELECT n, pg_sleep(0.01) FROM generate_series(1, 100000) n"), {
      batchSize: 10,
      signal: new AbortController().signal,
      idleTimeout: 10_000,
    });
    const read = async () => {
      let batches = 0;
      for await (const batch of rows) if (batch.length && ++batches === 2) work.end(GONE);
    };
    await expect(read()).rejects.toBe(GONE);
    expect(work.held).toBe(0);
    await eventually("nothing is read any more", async () => (await running("test.stream")) === 0);
  });

  it("does not take from others what it asked for all of them", async () => {
    const { db, work } = requestOf("a");
    const asked = db.shared.query<{ n: number }>("test.shared", sql`SELECT 1 AS n FROM pg_sleep(0.2)`);
    await eventually("it runs", async () => (await running("test.shared")) === 1);
    work.end(GONE);
    expect(await asked).toEqual([{ n: 1 }]);
  });
});

describe("connections", () => {
  it("are not all held by one caller: another one is served at once", async () => {
    const slow = requestOf("slow");
    const asked = Array.from({ length: 4 }, () =>
      slow.db.query("test.slow", sql`SELECT pg_sleep(30)`).catch((error: unknown) => error),
    );
    await eventually("two run", async () => (await running("test.slow")) === 2);
    expect(test.db.poolState.waiting).toBe(2);
    const quick = requestOf("quick");
    expect(await quick.db.query("test.quick", sql`SELECT 1 AS n`)).toEqual([{ n: 1 }]);
    expect(await running("test.slow")).toBe(2);
    slow.work.end(GONE);
    await Promise.all(asked);
  });

  it("are given to callers in turn", async () => {
    // One connection is left to them all, so that the order in which they get it is the order in which they run.
    let giveBack: () => void = ignore;
    const isOver = new Promise<void>((resolve) => (giveBack = resolve));
    const held = Array.from({ length: 3 }, () => test.db.connected(() => isOver));
    const blocked = test.db.query("test.block", sql`SELECT pg_sleep(0.3)`);
    const order: string[] = [];
    const ask = (caller: string) =>
      requestOf(caller).db.transaction(async (tx) => {
        order.push(caller);
        await tx.query("test.turn", sql`SELECT 1`);
      });
    await Promise.all([blocked, ...["a", "a", "a", "a", "b", "c", "b"].map(ask)]);
    giveBack();
    await Promise.all(held);
    expect(order).toEqual(["a", "b", "c", "a", "b", "a", "a"]);
  });

  it("have a queue of which one caller fills a quarter at most, and in which a full one takes newcomers in the place of the longest", async () => {
    const blocked = Array.from({ length: 4 }, () => test.db.query("test.block", sql`SELECT pg_sleep(0.5)`));
    const refused: string[] = [];
    const ask = (caller: string) =>
      requestOf(caller)
        .db.query("test.wait", sql`SELECT 1`)
        .catch((error: unknown) => {
          refused.push(`${caller} ${(error as { code: string }).code}`);
        });
    const asked = Array.from({ length: 7 }, () => ask("greedy"));
    for (const caller of ["b", "c", "d"]) for (let n = 0; n < 4; n++) asked.push(ask(caller));
    await sleep(20);
    expect(refused).toEqual(Array(3).fill("greedy SERVICE_UNAVAILABLE"));
    expect(test.db.poolState.waiting).toBe(16);
    asked.push(ask("newcomer"));
    await Promise.all([...blocked, ...asked]);
    expect(refused).toHaveLength(4);
    expect(refused).not.toContain("newcomer SERVICE_UNAVAILABLE");
  });
});
