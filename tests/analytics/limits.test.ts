import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AnalyticsStore,
  ANALYTICS_LIMITS,
  type AnalyticsLimits,
} from "../../src/analytics/analytics.store.js";
import { AnalyticsLoaders } from "../../src/analytics/analytics.loaders.js";
import { makeGate } from "../../src/analytics/gate.js";
import { paperStats } from "../../src/analytics/paper-stats.js";
import { createContext, createStores, type Context } from "../../src/context.js";
import { columnsOf } from "../../src/database/columns.js";
import { paperConnection } from "../../src/papers/paper-list.js";
import type { PaperFilter } from "../../src/papers/paper.filter.js";
import { buildPaper, buildUser } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  await buildPaper(database.db, { upvotes: 1 });
});
afterAll(() => database.drop());

/** How many papers there are, as a request of its own learns it from a server with these limits. */
function counter(limits: Partial<AnalyticsLimits>) {
  const { db, source } = database;
  const analytics = new AnalyticsStore(db, columnsOf(source), { ...ANALYTICS_LIMITS, ...limits });
  return async (filter: PaperFilter | null = null, viewer: Context["viewer"] = null): Promise<number> => {
    const stores = createStores(db, columnsOf(source));
    Object.defineProperty(stores, "analytics", { value: analytics });
    const context = createContext(stores, viewer);
    const connection = await paperConnection(context, { filter }, { kind: "papers" });
    const { count } = await paperStats(new AnalyticsLoaders(analytics), connection, ["count"]);
    return count;
  };
}

/** Keeps every statement over papers waiting while `work` runs. */
async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  return database.db.transaction(async (tx) => {
    await tx.query("test.lock", sql`LOCK TABLE papers IN ACCESS EXCLUSIVE MODE`);
    return work();
  });
}

describe("an expensive question", () => {
  it("is ended when it takes longer than analytics may, whatever others may", async () => {
    const count = counter({ timeout: 100 });
    await expect(whileLocked(() => count())).rejects.toMatchObject({ code: "QUERY_TIMEOUT" });
  });

  it("waits for its turn, and is refused when that does not come", async () => {
    const count = counter({ slots: 1, patience: 100, timeout: 1_000 });
    await whileLocked(async () => {
      const first = count();
      const others = { year: { gte: 2000 } };
      await expect(count(others)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
      await expect(first).rejects.toMatchObject({ code: "QUERY_TIMEOUT" });
    });
    // The slot is free again.
    expect(await count()).toBe(1);
  });

  it("is asked once by all who ask it at the same time", async () => {
    const count = counter({ worthKeeping: 0 });
    const labels = await statementsOf(() => Promise.all([count(), count(), count()]));
    expect(labels.filter((label) => label === "analytics.answers")).toHaveLength(1);
  });

  it("is answered from memory for a while, then anew", async () => {
    const count = counter({ worthKeeping: 0, keep: 300 });
    const before = await count();
    await buildPaper(database.db);
    expect(await statementsOf(count)).toEqual([]);
    expect(await count()).toBe(before);
    await sleep(350);
    expect(await count()).toBe(before + 1);
  });

  it("is not kept when it was answered quickly, or failed", async () => {
    const quick = counter({ worthKeeping: 60_000 });
    const before = await quick();
    await buildPaper(database.db);
    expect(await quick()).toBe(before + 1);
    const failing = counter({ worthKeeping: 0, timeout: 100 });
    await expect(whileLocked(() => failing())).rejects.toThrow();
    expect(await failing()).toBe(before + 1);
  });

  it("is never kept when the answer hangs on who asks", async () => {
    const count = counter({ worthKeeping: 0 });
    const user = await buildUser(database.db, { username: "reader" });
    const viewer = { key: user.key } as Context["viewer"];
    const paper = await buildPaper(database.db);
    const mine = { and: [{ not: { viewerHasUpvoted: false } }] };
    expect(await count(mine, viewer)).toBe(0);
    await database.db.query(
      "test.upvote",
      sql`INSERT INTO upvotes (user_id, paper_id) VALUES (${user.key}, ${paper.key})`,
    );
    expect(await count(mine, viewer)).toBe(1);
    expect(await count(mine)).toBe(0);
  });
});

describe("the gate", () => {
  it("lets so many pass at a time, in the order in which they came", async () => {
    const pass = makeGate({ slots: 2, patience: 10_000 });
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        pass(async () => {
          order.push(n);
          most = Math.max(most, ++inside);
          await sleep(5);
          inside--;
          if (n % 3 === 0) throw new Error("A failure frees its slot, too.");
        }).catch(() => undefined),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([...order].sort((one, other) => one - other));
  });
});
