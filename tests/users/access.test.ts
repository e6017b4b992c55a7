import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkDatabase } from "../../src/integrity/check-database.js";
import { createStores, type Stores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { submitPaper } from "../../src/papers/submissions/submit-paper.js";
import { globalId } from "../../src/shared/node.js";
import { deleteUser, tracesOf } from "../../src/users/delete-user.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser, type BuiltUser } from "../support/build.js";
import { testProvider, type TestProvider } from "../support/identity-provider.js";

let api: Api;
let stores: Stores;
let provider: TestProvider;
beforeAll(async () => {
  provider = await testProvider();
  api = await testApi({ identityProvider: { ...provider.settings, tokenDays: 2 }, rateLimits: null });
  stores = createStores(api.db, columnsOf(api.source));
});
afterAll(async () => {
  await api.close();
  await provider.close();
});

const MINUTE = 60_000;

async function userWithToken(parts: Parameters<typeof buildUser>[1] = {}, expiresAt: Date | null = null) {
  const user = await buildUser(api.db, parts);
  return { user, ...(await stores.tokens.create(user.key, "first", expiresAt)) };
}

interface Made {
  createAccessToken: { secret: string; token: { id: string; expiresAt: string | null } };
}

const make = (token: string, expiresAt: string | null = null) =>
  api.ask<Made>(
    `mutation M($expiresAt: DateTime) {
       createAccessToken(input: {name: "made", expiresAt: $expiresAt}) { secret token { id expiresAt } }
     }`,
    { expiresAt },
    token,
  );

describe("an access token that is made with another one", () => {
  it("expires when that one does, also through several", async () => {
    const until = new Date(Date.now() + MINUTE);
    let { secret } = await userWithToken({}, until);
    for (let generation = 0; generation < 3; generation++) {
      const { createAccessToken } = (await make(secret)).data!;
      expect(new Date(createAccessToken.token.expiresAt!)).toEqual(until);
      ({ secret } = createAccessToken);
    }
  });

  it("may expire before, and is refused an expiry after", async () => {
    const until = new Date(Date.now() + 60 * MINUTE);
    const { secret } = await userWithToken({}, until);
    const sooner = new Date(until.getTime() - MINUTE).toISOString();
    expect((await make(secret, sooner)).data?.createAccessToken.token.expiresAt).toBe(sooner);
    const { errors } = await make(secret, new Date(until.getTime() + 1).toISOString());
    expect(errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", argument: "input.expiresAt" });
  });

  it("lasts as long as one likes when that one does not expire", async () => {
    const { secret } = await userWithToken();
    expect((await make(secret)).data?.createAccessToken.token.expiresAt).toBeNull();
  });

  it("lasts as many days as the server sets when a JWT makes it, or cannot be made", async () => {
    const { createAccessToken } = (await make(await provider.sign({ sub: "jwt-user" }))).data!;
    const days = (new Date(createAccessToken.token.expiresAt!).getTime() - Date.now()) / (24 * 60 * MINUTE);
    expect(days).toBeGreaterThan(1.99);
    expect(days).toBeLessThanOrEqual(2);
    const other = await testApi({ identityProvider: { ...provider.settings, tokenDays: 0 } });
    const { errors } = await other.ask(
      'mutation { createAccessToken(input: {name: "x"}) { secret } }',
      {},
      await provider.sign(),
    );
    expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    await other.close();
  });
});

describe("a user's access tokens", () => {
  it("are 50 at most that are neither expired nor revoked, also when several are made at once", async () => {
    const { user } = await userWithToken();
    await api.db.query(
      "test.tokens",
      sql`INSERT INTO access_tokens (user_id, name, hash) SELECT ${user.key}::integer, 't', sha256(convert_to(n::text, 'UTF8'))
          FROM generate_series(1, 47) n`,
    );
    const made = await Promise.allSettled(
      Array.from({ length: 5 }, () => stores.tokens.create(user.key, "t", null)),
    );
    const refused = made.flatMap((result) =>
      result.status === "rejected" ? [result.reason as unknown] : [],
    );
    expect(refused).toHaveLength(3);
    for (const error of refused) expect(error).toMatchObject({ code: "CONFLICT" });
    const [{ token } = { token: { key: 0 } }] = await stores.tokens.listLive(user.key);
    await stores.tokens.revoke(user.key, token.key);
    await stores.tokens.create(user.key, "again", null);
    expect(await stores.tokens.listLive(user.key)).toHaveLength(50);
  });

  it("are forgotten when they ended long ago and others came", async () => {
    const { user } = await userWithToken();
    for (let n = 0; n < 60; n++) {
      const { token } = await stores.tokens.create(user.key, "t", null);
      await stores.tokens.revoke(user.key, token.key);
    }
    const { tokens } = await tracesOf(api.db, user.key);
    expect(tokens).toBeLessThanOrEqual(52);
    expect(await stores.tokens.listLive(user.key)).toHaveLength(1);
  });
});

describe("a JWT", () => {
  it("has one spelling", async () => {
    const other = await testProvider();
    await other.rotate("ES256");
    const at = await testApi({ identityProvider: other.settings });
    const jwt = await other.sign();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(jwt.at(-1)!);
    const taken: number[] = [];
    for (let bits = 0; bits < 16; bits++) {
      const spelled = jwt.slice(0, -1) + alphabet[(last & ~15) + bits]!;
      const { errors } = await at.ask("{ viewer { id } }", {}, spelled);
      if (!errors) taken.push(bits);
    }
    expect(taken).toEqual([last & 15]);
    await at.close();
    await other.close();
  });
});

describe("what is somebody's", () => {
  it("is changed and seen by nobody else", async () => {
    const owner = await userWithToken({ username: "owner" });
    const admin = await userWithToken({ isAdmin: true });
    const other = await userWithToken();
    // A person of a source who has the owner's name, and the user who is that person.
    await api.db.query(
      "test.namesake",
      sql`INSERT INTO users (username, imported_from, handle) VALUES ('huggingface:owner', 'huggingface', 'owner')`,
    );
    const namesake = await userWithToken();
    await stores.claims.claim((await stores.users.findLocal(namesake.user.username))!, "huggingface:owner");
    const revoked = await stores.tokens.create(owner.user.key, "revoked", null);
    await stores.tokens.revoke(owner.user.key, revoked.token.key);
    const expired = await stores.tokens.create(owner.user.key, "expired", null);
    await api.db.query(
      "test.expire",
      sql`UPDATE access_tokens SET expires_at = now() WHERE id = ${expired.token.key}`,
    );
    const paper = await buildPaper(api.db);
    await stores.upvotes.add(owner.user.key, paper.externalId);
    const comment = await stores.comments.add(owner.user.key, {
      paperKey: paper.key,
      parentKey: null,
      body: "mine",
    });
    const { id: ownerId } = (await stores.users.findLocal("owner"))!;
    const callers: [who: string, token: string | undefined, codes: string[]][] = [
      ["anonymous", undefined, ["UNAUTHENTICATED", "UNAUTHENTICATED"]],
      ["another user", other.secret, ["FORBIDDEN", "NOT_FOUND"]],
      ["the namesake", namesake.secret, ["FORBIDDEN", "NOT_FOUND"]],
      ["a revoked token", revoked.secret, ["UNAUTHENTICATED", "UNAUTHENTICATED"]],
      ["an expired token", expired.secret, ["UNAUTHENTICATED", "UNAUTHENTICATED"]],
    ];
    const remove = `mutation { deleteComment(input: {commentId: "${comment.id}"}) { comment { id } } }`;
    const revoke = `mutation { revokeAccessToken(input: {tokenId: "${owner.token.id}"}) { tokenId } }`;
    const look = `{ token: node(id: "${owner.token.id}") { id } user: node(id: "${ownerId}") { ... on User { upvotedPapers { totalCount } } }
      paper(id: "${paper.externalId}") { viewerHasUpvoted } papers(filter: {viewerHasUpvoted: true}) { totalCount } }`;
    const seen = async (token?: string) =>
      (await api.ask<Record<string, unknown>>(look, {}, token)).data ?? null;
    for (const [who, token, codes] of callers) {
      for (const [index, mutation] of [remove, revoke].entries())
        expect((await api.ask(mutation, {}, token)).errors?.[0]?.extensions.code, `${who}: ${mutation}`).toBe(
          codes[index],
        );
      const data = await seen(token);
      if (data)
        expect(data, who).toEqual({
          token: null,
          user: { upvotedPapers: null },
          paper: { viewerHasUpvoted: false },
          papers: { totalCount: 0 },
        });
      expect(data === null, who).toBe(who.endsWith("token"));
    }
    const before = { viewerHasUpvoted: true };
    expect(await seen(owner.secret)).toMatchObject({ token: { id: owner.token.id }, paper: before });
    // Taking back an upvote that is not one's own changes nothing.
    const { removeUpvote } = await api.data<{ removeUpvote: { changed: boolean } }>(
      `mutation { removeUpvote(input: {paperId: "${paper.externalId}"}) { changed } }`,
      {},
      other.secret,
    );
    expect(removeUpvote.changed).toBe(false);
    expect(await seen(owner.secret)).toMatchObject({ paper: before });
    // An administrator may delete and revoke, and sees no more than others.
    expect(await seen(admin.secret)).toMatchObject({ token: null, user: { upvotedPapers: null } });
    for (const mutation of [remove, revoke])
      expect((await api.ask(mutation, {}, admin.secret)).errors, mutation).toBeUndefined();
    expect(await seen(owner.secret)).toBeNull();
  });
});

describe("deleting a user", () => {
  async function activeUser(): Promise<BuiltUser> {
    const { user } = await userWithToken();
    const voted = await buildPaper(api.db, { tags: ["deletion"], upvotes: 3 });
    const submitted = await buildPaper(api.db, { submittedAt: null });
    await stores.upvotes.add(user.key, voted.externalId);
    await submitPaper(api.db, submitted.key, user.key);
    const mine = await stores.comments.add(user.key, { paperKey: voted.key, parentKey: null, body: "mine" });
    const { user: other } = await userWithToken();
    await stores.comments.add(other.key, { paperKey: voted.key, parentKey: mine.key, body: "a reply" });
    await stores.comments.delete(
      { key: user.key, isAdmin: false },
      (await stores.comments.add(user.key, { paperKey: voted.key, parentKey: null, body: "gone" })).key,
    );
    return user;
  }

  it("takes tokens and upvotes, empties comments, keeps replies, and counts stay right", async () => {
    const user = await activeUser();
    expect(await tracesOf(api.db, user.key)).toEqual({
      ...{ tokens: 1, identities: 0, upvotes: 1, comments: 1, submissions: 1, people: 0 },
    });
    await deleteUser(api.db, user.key);
    expect(await stores.users.byKeys([user.key])).toEqual([null]);
    const counters = ["papers.upvote_local", "papers.comment_local", "tags.upvote_count"];
    const found = (await checkDatabase(api.db, { fix: false })).filter(({ name }) => counters.includes(name));
    expect(found.map(({ wrong }) => wrong)).toEqual([0, 0, 0]);
    const { papers } = await api.data<{ papers: { nodes: unknown[] } }>(
      '{ papers(filter: {tags: {anyOf: ["deletion"]}}) { nodes { upvoteCount comments { nodes { author { id } body replies { nodes { body } } } } } } }',
    );
    expect(papers.nodes).toEqual([
      {
        upvoteCount: 3,
        comments: {
          nodes: [
            { author: null, body: null, replies: { nodes: [{ body: "a reply" }] } },
            { author: null, body: null, replies: { nodes: [] } },
          ],
        },
      },
    ]);
  });

  it("gives claimed people back what is theirs, with their bare name", async () => {
    await api.db.query(
      "test.person",
      sql`INSERT INTO users (username, imported_from, handle) VALUES ('lost', 'huggingface', 'lost')`,
    );
    const person = (await stores.users.find("lost", "id"))!;
    const paper = await buildPaper(api.db, { submittedAt: "2025-01-03", submittedBy: person.key });
    const user = await stores.users.create("lost");
    await stores.claims.claim(user, "huggingface:lost");
    await deleteUser(api.db, user.key);
    const { paper: found } = await api.data<{ paper: { submittedBy: unknown } }>(
      `{ paper(id: "${paper.externalId}") { submittedBy { id username } } }`,
    );
    expect(found.submittedBy).toEqual({ id: globalId("User", "huggingface:lost"), username: "lost" });
  });
});
