import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AnalyticsStore,
  ANALYTICS_LIMITS,
  type AnalyticsLimits,
} from "../../src/analytics/analytics.store.js";
import { AnalyticsLoaders } from "../../src/analytics/analytics.loaders.js";
import { SharedAnswer } from "../../src/analytics/shared-answer.js";
import { paperStats } from "../../src/analytics/stats/paper-stats.js";
import { createContext, createStores, type Context } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { paperConnection } from "../../src/papers/list/paper-list.js";
import type { PaperFilter } from "../../src/papers/list/paper.filter.js";
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
    const count = counter({ slots: 1, acquireTimeout: 100, timeout: 1_000 });
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

/** A request of a caller. */
function asker(caller: string) {
  const controller = new AbortController();
  const { signal } = controller;
  const charged: number[] = [];
  return {
    caller,
    signal,
    charged,
    controller,
    addSql: (milliseconds: number) => charged.push(milliseconds),
  };
}

describe("an answer that several wait for", () => {
  it("is not taken from the others by one that leaves, and is given up when all have left", async () => {
    const [one, other] = [asker("one"), asker("other")];
    let ended: unknown;
    let finish: (value: string) => void = () => undefined;
    const answer = new SharedAnswer<string>(one, ({ signal, caller, addSql }) => {
      expect(caller).toBe("one");
      addSql(7);
      signal.addEventListener("abort", () => {
        ended = signal.reason;
      });
      return new Promise((resolve) => (finish = resolve));
    });
    const first = answer.for(one);
    const second = answer.for(other);
    one.controller.abort(new Error("one has left"));
    await expect(first).rejects.toThrow("one has left");
    expect(answer.isAbandoned).toBe(false);
    const third = answer.for(asker("third"));
    finish("the answer");
    expect(await Promise.all([second, third])).toEqual(["the answer", "the answer"]);
    expect([ended, one.charged, other.charged]).toEqual([undefined, [7], []]);

    const alone = asker("alone");
    const unwanted = new SharedAnswer(alone, ({ signal }) => {
      signal.addEventListener("abort", () => {
        ended = signal.reason;
      });
      return new Promise(() => undefined);
    });
    const waiting = unwanted.for(alone);
    alone.controller.abort(new Error("alone has left"));
    await expect(waiting).rejects.toThrow("alone has left");
    expect(unwanted.isAbandoned).toBe(true);
    expect(ended).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

it("keeps answers for as long as the documentation says, and no quicker ones", async () => {
  const text = (await readFile("docs/analytics.md", "utf8")).replace(/\s+/g, " ");
  expect(text).toContain(
    `An answer whose statement took ${ANALYTICS_LIMITS.worthKeeping} ms or more is kept for`,
  );
  expect(text).toContain(`each for at most ${ANALYTICS_LIMITS.timeout / 1_000} seconds`);
});
