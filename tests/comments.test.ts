import { setTimeout as sleep } from "node:timers/promises";
import sql from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CommentLoaders } from "../src/comments/comment.loaders.js";
import { CommentStore, type CommentParent } from "../src/comments/comment.store.js";
import type { Comment } from "../src/comments/comment.entity.js";
import { columnsOf } from "../src/platform/database/columns.js";
import { submitPaper } from "../src/papers/submissions/submit-paper.js";
import type { PageArgs } from "../src/shared/pagination/connection.js";
import { batchingOf } from "../src/platform/work/batching.js";
import { buildPaper, buildUser, type BuiltPaper, type BuiltUser } from "./support/build.js";
import { statementsOf } from "./support/count-statements.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
let comments: CommentStore;
let paper: BuiltPaper;
let author: BuiltUser;
beforeAll(async () => {
  test = await testDatabase({ poolSize: 20 });
  comments = new CommentStore(test.db, columnsOf(test.source));
});
afterAll(() => test.drop());
beforeEach(async () => {
  paper = await buildPaper(test.db, { comments: 4 });
  author = await buildUser(test.db);
});

function write(body: string, parent: Comment | null = null, on: BuiltPaper = paper): Promise<Comment> {
  return comments.add(author.key, { paperKey: on.key, parentKey: parent?.key ?? null, body });
}

function remove(comment: Comment, by: BuiltUser = author, isAdmin = false): Promise<Comment> {
  return comments.delete({ key: by.key, isAdmin }, comment.key);
}

async function countOf(of: BuiltPaper = paper): Promise<number> {
  const row = await test.db.first<{ count: number }>(
    "test.count",
    sql`SELECT comment_count AS count FROM papers WHERE id = ${of.key}`,
  );
  return row!.count;
}

function wrongPapers() {
  return test.db.query(
    "test.papers",
    sql`SELECT p.id, p.comment_local, live.count FROM papers p CROSS JOIN LATERAL (
          SELECT count(*) FROM comments c WHERE c.paper_id = p.id AND c.deleted_at IS NULL) live
        WHERE p.comment_local <> live.count`,
  );
}

async function page(of: CommentParent, parent: number, args: PageArgs) {
  const [only] = await comments.pages(of, comments.slice(of, args), [parent]);
  const { edges, pageInfo } = only!;
  return { bodies: edges.map(({ node }) => node.body), edges, pageInfo };
}

describe("a comment", () => {
  it("is counted with its replies, beside those that came with the import", async () => {
    const first = await write("First *idea*");
    expect(first).toMatchObject({
      body: "First *idea*",
      parentKey: null,
      authorKey: author.key,
      deletedAt: null,
    });
    const reply = await write("Reply", first);
    await write("Reply to the reply", reply);
    expect(await countOf()).toBe(7);
    expect(await comments.byKeys([reply.key, 999_999, first.key])).toEqual([reply, null, first]);
  });

  it.each([
    ["nothing", ""],
    ["white space", " \n\t\u00a0\u3000"],
    ["invisible characters", "\u200b\u2060\ufeff"],
    ["a NUL character", "a\0b"],
    ["10,001 characters", "x".repeat(10_001)],
  ])("does not consist of %s", async (_, body) => {
    await expect(write(body)).rejects.toMatchObject({ code: "BAD_USER_INPUT", argument: "input.body" });
    expect(await countOf()).toBe(4);
  });

  it("is kept as it was written, up to 10,000 code points", async () => {
    const long = "🙂".repeat(10_000);
    expect((await write(long)).body).toBe(long);
    expect((await write("    code\n")).body).toBe("    code\n");
    expect((await write("cafe\u0301!")).body).toBe("caf\u00e9!");
  });

  it("is refused when it holds half a character", async () => {
    await expect(write("\ud800")).rejects.toMatchObject({ code: "BAD_USER_INPUT", argument: "input.body" });
  });

  it("replies only to what is on the same paper and not deleted", async () => {
    const other = await buildPaper(test.db);
    const elsewhere = await write("Elsewhere", null, other);
    const deleted = await remove(await write("Gone"));
    const refusal = { code: "BAD_USER_INPUT", argument: "input.parentId" };
    await expect(write("Reply", elsewhere)).rejects.toMatchObject(refusal);
    await expect(write("Reply", deleted)).rejects.toMatchObject(refusal);
    const unknown = comments.add(author.key, { paperKey: paper.key, parentKey: 999_999, body: "Reply" });
    await expect(unknown).rejects.toMatchObject(refusal);
    expect(await countOf()).toBe(4);
  });
});

describe("deleting a comment", () => {
  it("takes its text and keeps its replies; twice is once", async () => {
    const comment = await write("Regretted");
    const reply = await write("Kept", comment);
    const deleted = await remove(comment);
    expect(deleted).toMatchObject({ key: comment.key, body: null, parentKey: null });
    expect(deleted.deletedAt).toBeInstanceOf(Date);
    expect(deleted.updatedAt >= comment.updatedAt).toBe(true);
    expect(await remove(comment)).toEqual(deleted);
    expect(await countOf()).toBe(5);
    expect((await page("comment", comment.key, {})).edges.map(({ node }) => node)).toEqual([
      expect.objectContaining(reply),
    ]);
    expect((await page("paper", paper.key, {})).bodies).toEqual([null]);
  });

  it("is for its author and administrators", async () => {
    const comment = await write("Mine");
    const stranger = await buildUser(test.db);
    await expect(remove(comment, stranger)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await countOf()).toBe(5);
    await remove(comment, stranger, true);
    expect(await countOf()).toBe(4);
    await expect(remove(comment, stranger)).rejects.toMatchObject({ code: "FORBIDDEN" });
    const unknown = comments.delete({ key: author.key, isAdmin: true }, 999_999);
    await expect(unknown).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("counts once when many do it at once, while others write", async () => {
    const victims = await Promise.all(Array.from({ length: 10 }, (_, index) => write(`Victim ${index}`)));
    const deeds = victims.flatMap((victim) => [
      ...Array.from({ length: 5 }, () => remove(victim)),
      // Some come before the deletion and some too late.
      ...Array.from({ length: 5 }, () => write("Reply", victim).catch(() => null)),
      write("Aside"),
    ]);
    await Promise.all(deeds);
    expect(await wrongPapers()).toEqual([]);
  });

  it("waits for a reply that is being written, and a reply for a deletion", async () => {
    const comment = await write("Contested");
    let deleting: Promise<Comment> | undefined;
    await test.db.transaction(async (tx) => {
      const store = new CommentStore(tx, columnsOf(test.source));
      await store.add(author.key, { paperKey: paper.key, parentKey: comment.key, body: "In time" });
      deleting = remove(comment);
      expect(await Promise.race([deleting, sleep(150)])).toBeUndefined();
    });
    await deleting;
    const second = await write("Contested as well");
    let replying: Promise<unknown> | undefined;
    await test.db.transaction(async (tx) => {
      await new CommentStore(tx, columnsOf(test.source)).delete(
        { key: author.key, isAdmin: false },
        second.key,
      );
      replying = write("Too late", second).catch((error: unknown) => error);
      expect(await Promise.race([replying, sleep(150)])).toBeUndefined();
    });
    expect(await replying).toMatchObject({ argument: "input.parentId" });
    expect(await wrongPapers()).toEqual([]);
  });
});

describe("a list of comments", () => {
  it("goes from the oldest to the latest, page by page, forward and backward", async () => {
    const bodies = Array.from({ length: 7 }, (_, index) => `Comment ${index}`);
    let last: Comment | null = null;
    for (const body of bodies) last = await write(body);
    await write("A reply is not on the paper itself", last);
    const forward: (string | null)[] = [];
    for (let after: string | null = null; ;) {
      const { bodies: some, pageInfo } = await page("paper", paper.key, { first: 3, after });
      forward.push(...some);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(forward).toEqual(bodies);
    const backward: (string | null)[] = [];
    for (let before: string | null = null; ;) {
      const { bodies: some, pageInfo } = await page("paper", paper.key, { last: 3, before });
      backward.unshift(...some);
      if (!pageInfo.hasPreviousPage) break;
      before = pageInfo.startCursor;
    }
    expect(backward).toEqual(bodies);
    expect(await comments.counts("paper", [paper.key, 999_999])).toEqual([7, 0]);
    expect(await comments.counts("comment", [last!.key])).toEqual([1]);
  });

  it("is stable while others write and delete", async () => {
    const first = await write("One");
    await write("Two");
    const { pageInfo } = await page("paper", paper.key, { first: 1 });
    await remove(first);
    await write("Three");
    expect((await page("paper", paper.key, { after: pageInfo.endCursor })).bodies).toEqual(["Two", "Three"]);
  });

  it("refuses cursors of another kind of list, and sizes out of bounds", async () => {
    await write("One");
    const { pageInfo } = await page("paper", paper.key, {});
    expect(() => comments.slice("comment", { after: pageInfo.endCursor })).toThrow(
      expect.objectContaining({ code: "BAD_CURSOR", argument: "after" }),
    );
    for (const args of [{ first: -1 }, { last: 101 }, { first: 1, last: 1 }, { before: "no cursor" }])
      expect(() => comments.slice("paper", args)).toThrow(
        expect.objectContaining({ code: "BAD_USER_INPUT" }),
      );
  });

  it("costs the same number of statements for 1 paper and for 30", async () => {
    const papers = await Promise.all(Array.from({ length: 30 }, () => buildPaper(test.db)));
    for (const each of papers) {
      const comment = await write(`On ${each.externalId}`, null, each);
      await write(`Second on ${each.externalId}`, null, each);
      await write(`Under ${each.externalId}`, comment, each);
    }
    const read = async (on: BuiltPaper[]) => {
      const loaders = new CommentLoaders(comments, batchingOf(null));
      const top = comments.slice("paper", { first: 1 });
      const replies = comments.slice("comment", { first: 2 });
      return Promise.all(
        on.map(async ({ key, externalId }) => {
          const [{ edges, pageInfo }, count] = await Promise.all([
            loaders.page("paper", top, key),
            loaders.count("paper", key),
          ]);
          const { node: first } = edges[0]!;
          const under = await loaders.page("comment", replies, first.key);
          const parent = await loaders.byKey.load(under.edges[0]!.node.parentKey!);
          expect({ count, more: pageInfo.hasNextPage, body: first.body, parent: parent?.key }).toEqual({
            count: 2,
            more: true,
            body: `On ${externalId}`,
            parent: first.key,
          });
          expect(under.edges.map(({ node }) => node.body)).toEqual([`Under ${externalId}`]);
        }),
      );
    };
    const one = await statementsOf(() => read(papers.slice(0, 1)));
    expect(one.toSorted()).toEqual([
      "comments.byKeys",
      "comments.counts",
      "comments.pages",
      "comments.pages",
    ]);
    expect((await statementsOf(() => read(papers))).toSorted()).toEqual(one.toSorted());
  });

  it("is read anew once it was written to", async () => {
    const loaders = new CommentLoaders(comments, batchingOf(null));
    const top = comments.slice("paper", {});
    const read = async () => [
      await loaders.count("paper", paper.key),
      (await loaders.page("paper", top, paper.key)).edges.length,
    ];
    expect(await read()).toEqual([0, 0]);
    await write("New");
    expect(await read()).toEqual([0, 0]);
    loaders.forget();
    expect(await read()).toEqual([1, 1]);
  });
});

/** Comments as they could be written before their length was limited as it is now. */
async function writeLong(count: number, length: number, parent: Comment | null = null): Promise<void> {
  await test.db.query(
    "test.long",
    sql`INSERT INTO comments (paper_id, author_id, parent_id, body)
        SELECT ${paper.key}, ${author.key}, ${parent?.key ?? null}, repeat('x', ${length}) FROM generate_series(1, ${count})`,
  );
}

describe("the thread of a paper", () => {
  async function pagesOf(): Promise<(string | null)[][]> {
    const pages: (string | null)[][] = [];
    for (let cursor: string | undefined; pages.length < 20;) {
      const { comments: some, nextCursor } = await comments.thread(paper.key, cursor);
      pages.push(some.map(({ body }) => body));
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    return pages;
  }

  it("has all comments and replies, a hundred a page", async () => {
    const first = await write("First");
    await writeLong(120, 5);
    await write("Reply", first);
    await write("Elsewhere", null, await buildPaper(test.db));
    const pages = await pagesOf();
    expect(pages.map((each) => each.length)).toEqual([100, 22]);
    expect(pages.flat()).toEqual(["First", ...Array<string>(120).fill("xxxxx"), "Reply"]);
    await expect(comments.thread(paper.key, "no cursor")).rejects.toMatchObject({ argument: "after" });
  });

  it("has fewer a page where they are long, and ends with a full page", async () => {
    await writeLong(10, 65_536);
    expect((await pagesOf()).map((each) => each.length)).toEqual([4, 4, 2]);
    await writeLong(90, 5);
    expect((await pagesOf()).flat()).toHaveLength(100);
    const fresh = await buildPaper(test.db);
    expect(await comments.thread(fresh.key)).toEqual({ comments: [], nextCursor: null });
    paper = fresh;
    await writeLong(100, 5);
    expect((await pagesOf()).map((each) => each.length)).toEqual([100]);
  });
});

describe("lists of comments that are very long", () => {
  it("are refused instead of read, many lists together as well", async () => {
    await writeLong(100, 65_536);
    expect((await page("paper", paper.key, { first: 100 })).edges).toHaveLength(100);
    const other = await buildPaper(test.db);
    const [here, there] = [paper, other];
    paper = other;
    await writeLong(50, 65_536);
    const slice = comments.slice("paper", { first: 100 });
    await expect(comments.pages("paper", slice, [here.key, there.key])).rejects.toMatchObject({
      code: "QUERY_TOO_COMPLEX",
    });
    const short = comments.slice("paper", { first: 50 });
    const pages = await comments.pages("paper", short, [here.key, there.key]);
    expect(pages.map(({ edges }) => edges.length)).toEqual([50, 50]);
  });
});

describe("submitting a paper", () => {
  it("puts it into today's Daily Papers, once, whoever else tries", async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => buildUser(test.db)));
    const done = await Promise.allSettled(users.map((user) => submitPaper(test.db, paper.key, user.key)));
    const [winner, ...others] = done.flatMap(({ status }, index) =>
      status === "fulfilled" ? [users[index]!] : [],
    );
    expect(others).toEqual([]);
    const row = await test.db.first<{ submitted_at: Date; submitted_by: number }>(
      "test.paper",
      sql`SELECT submitted_at, submitted_by FROM papers WHERE id = ${paper.key}`,
    );
    expect(row!.submitted_by).toBe(winner!.key);
    expect(Math.abs(row!.submitted_at.getTime() - Date.now())).toBeLessThan(10_000);
    const today = row!.submitted_at.toISOString().slice(0, 10);
    const losers = done.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
    for (const error of losers) {
      expect(error).toMatchObject({ code: "CONFLICT", argument: "input.paperId" });
      expect(error.message).toContain(`was submitted on ${today}`);
    }
  });

  it("leaves a paper that came submitted as it was", async () => {
    const old = await buildPaper(test.db, { submittedAt: "2025-05-30T23:30:00Z" });
    const submission = submitPaper(test.db, old.key, author.key);
    await expect(submission).rejects.toThrow("was submitted on 2025-05-30");
    expect(
      await test.db.first("test.paper", sql`SELECT submitted_by FROM papers WHERE id = ${old.key}`),
    ).toEqual({ submitted_by: null });
  });
});
