import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UPVOTE_COUNTS_LOCK } from "../src/platform/database/advisory-locks.js";
import { columnsOf } from "../src/platform/database/columns.js";
import { databaseOf } from "../src/platform/database/data-source.js";
import { User } from "../src/users/user.entity.js";
import { foldUpvoteChanges, startFolding } from "../src/upvotes/fold-upvote-changes.js";
import { UpvoteLoaders } from "../src/upvotes/upvote.loaders.js";
import { UpvoteStore, type UpvoteChange } from "../src/upvotes/upvote.store.js";
import { batchingOf } from "../src/platform/work/batching.js";
import { buildPaper, buildUser, type BuiltPaper } from "./support/build.js";
import { statementsOf } from "./support/count-statements.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
let upvotes: UpvoteStore;
beforeAll(async () => {
  // A thousand votes at once: more than a server lets wait.
  test = await testDatabase({ poolSize: 20, maxWaiting: 10_000, waitTimeout: 60_000 });
  upvotes = new UpvoteStore(test.db, columnsOf(test.source));
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.db.query(
    "test.empty",
    sql`TRUNCATE papers, tags, organisations, authors, users, upvote_changes RESTART IDENTITY CASCADE`,
  );
});

/** Papers whose counters are not what the rows say. */
function wrongPapers() {
  return test.db.query(
    "test.papers",
    sql`SELECT p.id, p.upvote_base, p.upvote_local, p.upvote_count, votes.count FROM papers p
        CROSS JOIN LATERAL (SELECT count(*) FROM upvotes u WHERE u.paper_id = p.id) votes
        WHERE p.upvote_local <> votes.count OR p.upvote_count <> p.upvote_base + votes.count`,
  );
}

/** Tags and organisations whose sums are not those of their papers. */
function wrongSums() {
  return test.db.query(
    "test.sums",
    sql`SELECT t.slug, t.upvote_count, truth.sum FROM tags t CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.upvote_count), 0) AS sum FROM paper_records p WHERE t.id = ANY(p.tag_ids)) truth
        WHERE t.upvote_count <> truth.sum
        UNION ALL
        SELECT o.slug, o.upvote_count, truth.sum FROM organisations o CROSS JOIN LATERAL (
          SELECT coalesce(sum(p.upvote_count), 0) AS sum FROM paper_records p WHERE o.id = ANY(p.organisation_ids)) truth
        WHERE o.upvote_count <> truth.sum`,
  );
}

async function countOf(paper: BuiltPaper): Promise<number> {
  const row = await test.db.first<{ count: number }>(
    "test.count",
    sql`SELECT upvote_count AS count FROM papers WHERE id = ${paper.key}`,
  );
  return row!.count;
}

function pending(): Promise<{ paper_id: number; delta: number }[]> {
  return test.db.query("test.pending", sql`SELECT paper_id, delta FROM upvote_changes ORDER BY id`);
}

/** @returns whether the promise is still open after a moment. */
async function waits(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => false), sleep(150).then(() => true)]);
}

/** Runs one change in a transaction that `meanwhile` finds open. */
async function amid<T>(
  change: (store: UpvoteStore) => Promise<unknown>,
  meanwhile: () => Promise<T>,
  end: "COMMIT" | "ROLLBACK" = "COMMIT",
): Promise<T> {
  return test.db.connected(async (client, db) => {
    await client.query("BEGIN");
    await change(new UpvoteStore(db, columnsOf(test.source)));
    const result = await meanwhile();
    await client.query(end);
    return result;
  });
}

describe("an upvote", () => {
  it("counts once however often it is given, and goes as it came", async () => {
    const paper = await buildPaper(test.db, { upvotes: 7 });
    const user = await buildUser(test.db);
    expect(await upvotes.add(user.key, paper.externalId)).toMatchObject({ changed: true });
    expect(await upvotes.add(user.key, paper.externalId)).toMatchObject({ changed: false });
    expect(await countOf(paper)).toBe(8);
    expect(await upvotes.remove(user.key, paper.externalId)).toMatchObject({ changed: true });
    expect(await upvotes.remove(user.key, paper.externalId)).toMatchObject({ changed: false });
    expect(await countOf(paper)).toBe(7);
    expect(await pending()).toEqual([
      { paper_id: paper.key, delta: 1 },
      { paper_id: paper.key, delta: -1 },
    ]);
  });

  it("is told to the viewer by one statement for many papers, and to the anonymous by none", async () => {
    const papers = await Promise.all(Array.from({ length: 5 }, () => buildPaper(test.db)));
    const user = await buildUser(test.db);
    await upvotes.add(user.key, papers[1]!.externalId);
    const told = (loaders: UpvoteLoaders) =>
      Promise.all(papers.map((paper) => loaders.viewerHasUpvoted(paper.key)));
    const loaders = new UpvoteLoaders(
      upvotes,
      Object.assign(new User(), { key: user.key }),
      batchingOf(null),
    );
    const labels = await statementsOf(async () => {
      expect(await told(loaders)).toEqual([false, true, false, false, false]);
      expect(await told(loaders)).toEqual([false, true, false, false, false]);
      expect(await told(new UpvoteLoaders(upvotes, null, batchingOf(null)))).toEqual([
        false,
        false,
        false,
        false,
        false,
      ]);
    });
    expect(labels).toEqual(["upvotes.viewerHasUpvoted"]);
    await upvotes.add(user.key, papers[3]!.externalId);
    loaders.know(papers[3]!.key, true);
    expect(await told(loaders)).toEqual([false, true, false, true, false]);
  });
});

describe("changes by the same user at once", () => {
  let paper: BuiltPaper;
  let user: number;
  beforeEach(async () => {
    paper = await buildPaper(test.db, { upvotes: 2 });
    user = (await buildUser(test.db)).key;
  });

  it("an add that meets an add waits for it and does nothing", async () => {
    let second: Promise<UpvoteChange> | undefined;
    await amid(
      (store) => store.add(user, paper.externalId),
      async () => {
        second = upvotes.add(user, paper.externalId);
        expect(await waits(second)).toBe(true);
      },
    );
    expect(await second).toMatchObject({ changed: false });
    expect(await countOf(paper)).toBe(3);
  });

  it("an add that meets an add which is undone counts", async () => {
    let second: Promise<UpvoteChange> | undefined;
    await amid(
      (store) => store.add(user, paper.externalId),
      async () => {
        second = upvotes.add(user, paper.externalId);
        expect(await waits(second)).toBe(true);
      },
      "ROLLBACK",
    );
    expect(await second).toMatchObject({ changed: true });
    expect(await countOf(paper)).toBe(3);
  });

  it("a remove that meets an add does not see it and does nothing", async () => {
    const removed = await amid(
      (store) => store.add(user, paper.externalId),
      () => upvotes.remove(user, paper.externalId),
    );
    expect(removed.changed).toBe(false);
    expect(await countOf(paper)).toBe(3);
    expect(await wrongPapers()).toEqual([]);
  });

  it("an add that meets a remove waits for it and counts", async () => {
    await upvotes.add(user, paper.externalId);
    let second: Promise<UpvoteChange> | undefined;
    await amid(
      (store) => store.remove(user, paper.externalId),
      async () => {
        second = upvotes.add(user, paper.externalId);
        expect(await waits(second)).toBe(true);
      },
    );
    expect(await second).toMatchObject({ changed: true });
    expect(await countOf(paper)).toBe(3);
    expect(await wrongPapers()).toEqual([]);
  });

  it("a remove that meets a remove waits for it and does nothing", async () => {
    await upvotes.add(user, paper.externalId);
    let second: Promise<UpvoteChange> | undefined;
    await amid(
      (store) => store.remove(user, paper.externalId),
      async () => {
        second = upvotes.remove(user, paper.externalId);
        expect(await waits(second)).toBe(true);
      },
    );
    expect(await second).toMatchObject({ changed: false });
    expect(await countOf(paper)).toBe(2);
  });
});

describe("a crowd", () => {
  it.each([1, 10])(
    "of 200 users changing 1,000 times at once keeps the counts of %i papers",
    async (count) => {
      const papers: BuiltPaper[] = [];
      for (let index = 0; index < count; index++) {
        const tags = ["everywhere", `tag ${index % 3}`];
        papers.push(await buildPaper(test.db, { upvotes: index, tags, organisations: ["NVIDIA"] }));
      }
      const users = await Promise.all(Array.from({ length: 200 }, () => buildUser(test.db)));
      const folding = startFolding(test.db, () => undefined, 5);
      const changes = Array.from({ length: 1_000 }, () => {
        // Few papers a user, so that they meet.
        const user = users[Math.floor(Math.random() * users.length)]!;
        const paper = papers[Math.floor(Math.random() * papers.length)]!;
        const add = Math.random() < 0.6;
        return {
          paper: paper.key,
          add,
          done: upvotes[add ? "add" : "remove"](user.key, paper.externalId),
        };
      });
      const changed = await Promise.all(changes.map(({ done }) => done));
      expect(await wrongPapers()).toEqual([]);
      await folding.stop();
      await foldUpvoteChanges(test.db);
      expect(await pending()).toEqual([]);
      expect(await wrongSums()).toEqual([]);
      // What callers were told adds up as well.
      const told = changes.reduce(
        (sum, { add }, index) => sum + (changed[index]!.changed ? (add ? 1 : -1) : 0),
        0,
      );
      const [row] = await test.db.query<{ count: number }>("test.rows", sql`SELECT count(*) FROM upvotes`);
      expect(row!.count).toBe(told);
      expect(told).toBeGreaterThan(0);
    },
  );

  it("of one user's tabs keeps the count", async () => {
    const paper = await buildPaper(test.db, { upvotes: 5 });
    const user = await buildUser(test.db);
    await Promise.all(
      Array.from({ length: 400 }, (_, index) =>
        upvotes[index % 2 ? "add" : "remove"](user.key, paper.externalId),
      ),
    );
    expect(await wrongPapers()).toEqual([]);
    expect([5, 6]).toContain(await countOf(paper));
  });
});

describe("folding", () => {
  async function upvotedPaper(tags: string[]): Promise<BuiltPaper> {
    const paper = await buildPaper(test.db, { upvotes: 3, tags, organisations: ["MIT"] });
    for (let index = 0; index < 3; index++)
      await upvotes.add((await buildUser(test.db)).key, paper.externalId);
    return paper;
  }

  it("brings tags and organisations up to date, and leaves nothing to do", async () => {
    await upvotedPaper(["rl", "vision"]);
    await upvotedPaper(["vision"]);
    await buildPaper(test.db, { upvotes: 9, tags: ["vision"] });
    expect(await wrongSums()).toHaveLength(3);
    expect(await foldUpvoteChanges(test.db)).toBe(6);
    expect(await wrongSums()).toEqual([]);
    expect(await foldUpvoteChanges(test.db)).toBe(0);
  });

  it("goes on until nothing is left, however much has gathered", async () => {
    const paper = await buildPaper(test.db, { tags: ["rl"] });
    await test.db.query(
      "test.gather",
      sql`INSERT INTO upvote_changes (paper_id, delta) SELECT ${paper.key}, 1 FROM generate_series(1, 25000)`,
    );
    expect(await foldUpvoteChanges(test.db)).toBe(25_000);
    expect(await test.db.first("test.tag", sql`SELECT upvote_count FROM tags`)).toEqual({
      upvote_count: 25_000,
    });
  });

  it("leaves it to whoever holds the counts", async () => {
    await upvotedPaper(["rl"]);
    await test.db.transaction(async (tx) => {
      await tx.query("test.lock", sql`SELECT pg_advisory_xact_lock(${UPVOTE_COUNTS_LOCK})`);
      expect(await foldUpvoteChanges(test.db)).toBe(0);
    });
    expect(await foldUpvoteChanges(test.db)).toBe(3);
    expect(await wrongSums()).toEqual([]);
  });

  it("folds each change once when many instances are at it", async () => {
    await upvotedPaper(["rl", "vision"]);
    const folded = await Promise.all(Array.from({ length: 20 }, () => foldUpvoteChanges(test.db)));
    expect(folded.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(await wrongSums()).toEqual([]);
  });

  it("loses nothing of what others change in the same rows meanwhile", async () => {
    await upvotedPaper(["rl", "vision"]);
    let folding: Promise<number> | undefined;
    await test.db.transaction(async (tx) => {
      await tx.query("test.change", sql`UPDATE tags SET upvote_count = upvote_count + 100, paper_count = 50`);
      folding = foldUpvoteChanges(test.db);
      expect(await waits(folding)).toBe(true);
    });
    expect(await folding).toBe(3);
    expect(
      await test.db.query("test.tags", sql`SELECT DISTINCT upvote_count, paper_count FROM tags`),
    ).toEqual([{ upvote_count: 106, paper_count: 50 }]);
  });

  it("tells an error and goes on; stop waits for the round under way", async () => {
    await upvotedPaper(["rl"]);
    const errors: unknown[] = [];
    let failing = true;
    const db = databaseOf(test.source);
    const query = db.query.bind(db);
    db.query = async (label, statement, options) => {
      if (failing) throw new Error("no database");
      await sleep(50);
      return query(label, statement, options);
    };
    const folding = startFolding(db, (error) => errors.push(error), 10);
    await expect.poll(() => errors.length).toBeGreaterThan(1);
    failing = false;
    await sleep(30);
    await folding.stop();
    expect(await wrongSums()).toEqual([]);
  });
});
