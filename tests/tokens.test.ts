import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { columnsOf } from "../src/platform/database/columns.js";
import { looksLikeSecret, newSecret } from "../src/auth/access-token-secret.js";
import { AccessTokenStore } from "../src/auth/access-token.store.js";
import { authenticate, type TokenReaders } from "../src/auth/authenticate.js";
import { IdentityStore } from "../src/auth/identity.store.js";
import { UserStore } from "../src/users/user.store.js";
import { buildUser } from "./support/build.js";
import { statementsOf } from "./support/count-statements.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
let users: UserStore;
let tokens: AccessTokenStore;
let readers: TokenReaders;
beforeAll(async () => {
  test = await testDatabase();
  users = new UserStore(test.db, columnsOf(test.source));
  tokens = new AccessTokenStore(test.db, columnsOf(test.source));
  const identities = new IdentityStore(test.db, columnsOf(test.source));
  readers = { tokens, identities, identityProvider: null };
});
afterAll(() => test.drop());

async function newToken(expiresAt: Date | null = null) {
  const user = await buildUser(test.db);
  return { user, ...(await tokens.create(user.key, "laptop", expiresAt)) };
}

function rowOf(key: number) {
  return test.db.first<{ last_used_at: Date | null; revoked_at: Date | null; hash: Buffer }>(
    "test.token",
    sql`SELECT * FROM access_tokens WHERE id = ${key}`,
  );
}

describe("an access token", () => {
  it("stands for its user, by one statement, and once a minute by two", async () => {
    const { user, secret } = await newToken(new Date(Date.now() + 60_000));
    const labels = ["tokens.authenticate", "tokens.noteUse"];
    expect(await statementsOf(() => tokens.authenticate(secret))).toEqual(expect.arrayContaining(labels));
    expect(await statementsOf(() => tokens.authenticate(secret))).toEqual(["tokens.authenticate"]);
    expect(await tokens.authenticate(secret)).toMatchObject({ key: user.key, id: user.id, isAdmin: false });
  });

  it("is stored as a hash alone", async () => {
    const { token, secret } = await newToken();
    const [row] = await test.db.query<{ text: string }>(
      "test.text",
      sql`SELECT row_to_json(t)::text AS text FROM access_tokens t WHERE id = ${token.key}`,
    );
    expect(row!.text).not.toContain(secret.slice(11, 40));
    expect((await rowOf(token.key))!.hash).toHaveLength(32);
  });

  it("stands for nobody when unknown, expired or revoked", async () => {
    const { user, token, secret } = await newToken();
    await tokens.revoke(user.key, token.key);
    expect(await tokens.authenticate(secret)).toBeNull();
    const other = await newToken();
    await test.db.query(
      "test.expire",
      sql`UPDATE access_tokens SET expires_at = now() WHERE id = ${other.token.key}`,
    );
    expect(await tokens.authenticate(other.secret)).toBeNull();
    expect(await tokens.authenticate(newSecret())).toBeNull();
  });

  it("notes its use at most once a minute", async () => {
    const { token, secret } = await newToken();
    const used = async (age: string) => {
      await test.db.query(
        "test.age",
        sql`UPDATE access_tokens SET last_used_at = now() - ${age}::interval WHERE id = ${token.key}`,
      );
      const before = (await rowOf(token.key))!.last_used_at!;
      await tokens.authenticate(secret);
      return (await rowOf(token.key))!.last_used_at! > before;
    };
    expect(token.lastUsedAt).toBeNull();
    await tokens.authenticate(secret);
    expect((await rowOf(token.key))!.last_used_at).toBeInstanceOf(Date);
    expect(await used("59 seconds")).toBe(false);
    expect(await used("61 seconds")).toBe(true);
  });

  it("waits for nobody who holds its row", async () => {
    const { user, token, secret } = await newToken();
    await test.db.transaction(async (tx) => {
      await tx.query("test.lock", sql`SELECT FROM access_tokens WHERE id = ${token.key} FOR UPDATE`);
      const all = await Promise.all(Array.from({ length: 8 }, () => tokens.authenticate(secret)));
      expect(all.map((found) => found?.key)).toEqual(Array(8).fill(user.key));
    });
    expect((await rowOf(token.key))!.last_used_at).toBeNull();
  });

  it("is listed and found for its owner until it is revoked", async () => {
    const { user, token } = await newToken();
    const second = await tokens.create(user.key, "  server ", null);
    const stranger = await buildUser(test.db);
    expect((await tokens.list(user.key)).map(({ name }) => name)).toEqual(["server", "laptop"]);
    expect(await tokens.byKeys(user.key, [second.token.key, 999_999, token.key])).toEqual([
      second.token,
      null,
      token,
    ]);
    expect(await tokens.byKeys(stranger.key, [token.key])).toEqual([null]);
    await tokens.revoke(user.key, token.key);
    expect(await tokens.list(user.key)).toEqual([second.token]);
    expect(await tokens.byKeys(user.key, [token.key])).toEqual([null]);
  });

  it.each(["", " \n ", "n".repeat(101), "a\0b"])("is not called %j", async (name) => {
    const user = await buildUser(test.db);
    await expect(tokens.create(user.key, name, null)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      argument: "input.name",
    });
    expect(await tokens.list(user.key)).toEqual([]);
  });

  it("does not expire before it is made", async () => {
    const user = await buildUser(test.db);
    await expect(tokens.create(user.key, "late", new Date(Date.now() - 1))).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      argument: "input.expiresAt",
    });
  });

  it("is revoked by its owner or an administrator, and by nobody else", async () => {
    const { user, token, secret } = await newToken();
    const stranger = await buildUser(test.db);
    const refusal = tokens.revoke(stranger.key, token.key);
    await expect(refusal).rejects.toMatchObject({ code: "NOT_FOUND" });
    const unknown = await tokens.revoke(user.key, 999_999).catch((error: unknown) => error);
    expect(unknown).toMatchObject({ code: "NOT_FOUND" });
    expect(await tokens.authenticate(secret)).not.toBeNull();
    await tokens.revoke(null, token.key);
    expect(await tokens.authenticate(secret)).toBeNull();
    const { revoked_at: first } = (await rowOf(token.key))!;
    await tokens.revoke(user.key, token.key);
    expect((await rowOf(token.key))!.revoked_at).toEqual(first);
  });
});

describe("a secret", () => {
  it("is known by its beginning and its checksum", () => {
    const secrets = Array.from({ length: 200 }, newSecret);
    expect(new Set(secrets).size).toBe(200);
    for (const secret of secrets) {
      expect(secret).toMatch(/^papergraph_[0-9A-Za-z]{49}$/);
      expect(looksLikeSecret(secret)).toBe(true);
      for (const place of [0, 11, 30, 53, 54, 59]) {
        const typo = secret.slice(0, place) + (secret[place] === "x" ? "y" : "x") + secret.slice(place + 1);
        expect(looksLikeSecret(typo)).toBe(false);
      }
    }
  });

  it("with a typo is refused without asking the database", async () => {
    const { secret } = await newToken();
    for (const typo of [secret.slice(0, -1), `${secret}0`, secret.toLowerCase(), "", "papergraph_", "\0"])
      expect(await statementsOf(() => tokens.authenticate(typo))).toEqual([]);
  });
});

describe("the Authorization header", () => {
  it("names the user of its token, whatever the case of the scheme", async () => {
    const { user, secret } = await newToken();
    for (const scheme of ["Bearer", "bearer", "BEARER"])
      expect((await authenticate(`${scheme} ${secret}`, readers))?.key).toBe(user.key);
  });

  it("may be left out", async () => {
    expect(await authenticate(undefined, readers)).toBeNull();
  });

  it("is refused in the same words whatever is wrong with it", async () => {
    const { user, token, secret } = await newToken();
    await tokens.revoke(user.key, token.key);
    const valid = (await newToken()).secret;
    const headers = [
      "",
      "Bearer",
      "Bearer ",
      `Bearer ${secret}`,
      `Bearer ${newSecret()}`,
      `Bearer ${valid} ${valid}`,
      `Basic ${valid}`,
      valid,
      `Bearer,${valid}`,
      `Bearer ${"x".repeat(10_000)}`,
    ];
    const errors = await Promise.all(
      headers.map((header) => authenticate(header, readers).catch((error: unknown) => error)),
    );
    for (const error of errors) expect(error).toMatchObject({ code: "UNAUTHENTICATED", status: 401 });
    expect(new Set(errors.map((error) => (error as Error).message)).size).toBe(1);
  });
});

describe("a user", () => {
  it("is found by user name, whatever its case, and by global id", async () => {
    const made = await users.create("Ada.L-1815_x", { fullName: "Ada Lovelace", isAdmin: true });
    expect(made).toMatchObject({ username: "Ada.L-1815_x", fullName: "Ada Lovelace", isAdmin: true });
    expect(await users.find("ada.l-1815_X", "id")).toEqual(expect.objectContaining(made));
    expect(await users.find(made.id, "id")).toEqual(expect.objectContaining(made));
    expect(await users.find("nobody", "id")).toBeNull();
    expect(await users.byKeys([made.key, 999_999, made.key])).toEqual([made, null, made]);
  });

  it.each(["", "-x", "a b", "a/b", "é", "n".repeat(101)])("cannot be called %j", async (name) => {
    await expect(users.create(name)).rejects.toThrow("cannot be a user name");
  });

  it("has a name of its own, also when made twice at once", async () => {
    const made = await Promise.allSettled(["Twin", "twin", "TWIN"].map((name) => users.create(name)));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(users.create("tWIN")).rejects.toThrow('The user name "tWIN" is taken');
  });
});
