import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type CryptoKey } from "jose";
import { createSecretKey } from "node:crypto";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../src/context/request-context.js";
import { columnsOf } from "../src/platform/database/columns.js";
import { openIdentityProvider } from "../src/auth/identity-provider.js";
import { testApi, type Api } from "./support/api.js";
import { buildUser } from "./support/build.js";
import { AUDIENCE, ISSUER, testProvider, type TestProvider } from "./support/identity-provider.js";

let api: Api;
let provider: TestProvider;
beforeAll(async () => {
  provider = await testProvider();
  api = await testApi({ identityProvider: provider.settings });
});
afterAll(async () => {
  await api.close();
  await provider.close();
});

interface Viewed {
  status: number;
  username: string | null;
  id: string | null;
  code: string | undefined;
  body: string;
}

async function view(token: string, at = api): Promise<Viewed> {
  const response = await at.app.inject({
    method: "POST",
    url: "/graphql",
    headers: { authorization: `Bearer ${token}` },
    payload: { query: "{ viewer { id username } }" },
  });
  const { data, errors } = response.json<{
    data?: { viewer: { id: string; username: string } | null };
    errors?: { extensions: { code: string } }[];
  }>();
  return {
    status: response.statusCode,
    username: data?.viewer?.username ?? null,
    id: data?.viewer?.id ?? null,
    code: errors?.[0]?.extensions.code,
    body: response.body,
  };
}

const seconds = (from: number) => Math.floor(Date.now() / 1_000) + from;

describe("a JWT of the identity provider", () => {
  it("stands for a user, who is made when they are first seen and is the same ever after", async () => {
    const first = await view(await provider.sign({ sub: "u-1", preferred_username: "grace" }));
    expect(first).toMatchObject({ status: 200, username: "grace" });
    const again = await view(await provider.sign({ sub: "u-1", preferred_username: "grace.hopper" }));
    expect(again.id).toBe(first.id);
    expect(again.username).toBe("grace");
  });

  it("is taken over REST, and by any of the asymmetric algorithms", async () => {
    for (const algorithm of ["RS256", "PS384", "ES256", "EdDSA"]) {
      const other = await testProvider();
      await other.rotate(algorithm);
      const at = await testApi({ identityProvider: other.settings });
      const token = await other.sign();
      expect((await view(token, at)).username, algorithm).toBe("ada");
      const { statusCode } = await at.app.inject({
        url: "/api/papers",
        headers: { authorization: `Bearer ${token}` },
      });
      expect(statusCode).toBe(200);
      await at.close();
      await other.close();
    }
  });

  it("may be a minute off, and of either type that access tokens have", async () => {
    for (const claims of [{ exp: seconds(-40) }, { nbf: seconds(40) }, { aud: ["other", AUDIENCE] }])
      expect((await view(await provider.sign(claims))).status, JSON.stringify(claims)).toBe(200);
    for (const typ of ["JWT", "at+jwt", "application/at+jwt", undefined])
      expect((await view(await provider.sign({}, { typ }))).status, typ).toBe(200);
  });

  it.each([
    ["expired", { exp: seconds(-90) }],
    ["without an expiry", { exp: undefined }],
    ["not yet valid", { nbf: seconds(90) }],
    ["for another audience", { aud: "other" }],
    ["for no audience", { aud: undefined }],
    ["of another issuer", { iss: "https://evil.example.org/" }],
    ["of no issuer", { iss: undefined }],
    ["without a subject", { sub: undefined }],
    ["with an empty subject", { sub: "" }],
    ["with a subject that is no text", { sub: 5 as unknown as string }],
    ["with a subject that PostgreSQL cannot hold", { sub: "a\0b" }],
    ["with a subject without end", { sub: "x".repeat(300) }],
  ])("is refused, never anonymous, when it is %s", async (_what, claims) => {
    const { status, code, username } = await view(await provider.sign(claims));
    expect({ status, code, username }).toEqual({ status: 401, code: "UNAUTHENTICATED", username: null });
  });

  it.each(["logout+jwt", "dpop+jwt", "secevent+jwt"])("is refused when it is a %s", async (typ) => {
    expect((await view(await provider.sign({}, { typ }))).status).toBe(401);
  });

  it("is refused in the same words as any other token that is not good", async () => {
    const bodies = await Promise.all([
      provider.sign({ exp: seconds(-90) }).then((token) => view(token)),
      view("papergraph_x"),
      view("nonsense"),
      view(`${"x".repeat(9_000)}.y.z`),
      view("a.b.c"),
      view("e30.e30."),
    ]);
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(1);
  });
});

describe("a forged JWT", () => {
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: "ada", exp: seconds(300) };

  it("without a signature is refused", async () => {
    const unsigned = new UnsecuredJWT(claims).encode();
    for (const token of [unsigned, `${unsigned}AAAA`, unsigned.slice(0, -1)])
      expect((await view(token)).status).toBe(401);
  });

  it("signed by HS256 with the public key as the secret is refused", async () => {
    const jwk = provider.publicKey();
    const pem = await exportSPKI((await importJWK(jwk, "RS256", { extractable: true })) as CryptoKey);
    for (const secret of [pem, pem.trim(), JSON.stringify(jwk), jwk.n ?? ""]) {
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", kid: jwk.kid })
        .sign(createSecretKey(Buffer.from(secret)));
      expect((await view(token)).status).toBe(401);
    }
  });

  it("signed by another key under the right name, or with a key of its own in its header, is refused", async () => {
    const { privateKey } = await generateKeyPair("RS256");
    const { kid } = provider.publicKey();
    const jwk = provider.publicKey();
    for (const header of [
      { kid },
      { kid, jwk },
      { kid, jku: provider.settings.jwksUrl },
      { kid, x5u: "http://127.0.0.1/" },
    ])
      expect(
        (
          await view(
            await new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(privateKey),
          )
        ).status,
      ).toBe(401);
  });

  it("that was changed is refused", async () => {
    const [header, , signature] = (await provider.sign()).split(".");
    const payload = Buffer.from(JSON.stringify({ ...claims, sub: "somebody else" })).toString("base64url");
    expect((await view(`${header}.${payload}.${signature}`)).status).toBe(401);
  });

  it("that names extensions nobody knows is refused", async () => {
    const critical = await provider.sign({}, { crit: ["exp"], exp: 1 }).catch(() => null);
    if (critical) expect((await view(critical)).status).toBe(401);
    const [, payload, signature] = (await provider.sign()).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "RS256", crit: ["x"], x: 1 })).toString("base64url");
    expect((await view(`${header}.${payload}.${signature}`)).status).toBe(401);
  });
});

describe("the provider's keys", () => {
  it("are asked for once, however many ask at the same time", async () => {
    const other = await testProvider();
    const at = await testApi({ identityProvider: other.settings });
    const tokens = await Promise.all(Array.from({ length: 16 }, (_, n) => other.sign({ sub: `u${n}` })));
    const views = await Promise.all(tokens.map((token) => view(token, at)));
    expect(views.every(({ status }) => status === 200)).toBe(true);
    expect(other.asked()).toBe(1);
    // A key that nobody knows does not make us ask again before some time has passed.
    for (let n = 0; n < 5; n++)
      expect((await view(await other.sign({}, { kid: `unknown-${n}` }), at)).status).toBe(401);
    expect(other.asked()).toBe(1);
    await at.close();
    await other.close();
  });

  it("are asked for again when a key is new, and the old one is refused from then on", async () => {
    const other = await testProvider();
    const { settings } = other;
    const opened = openIdentityProvider(settings, { cooldown: 0 });
    const old = await other.sign();
    expect(await opened.verify(old)).toMatchObject({ subject: "ada" });
    await other.rotate();
    expect(await opened.verify(await other.sign())).toMatchObject({ subject: "ada" });
    expect(other.asked()).toBe(2);
    expect(await opened.verify(old)).toBeNull();
    await other.close();
  });

  it.each(["error", "garbage", "gone"] as const)(
    "make JWTs 503 when they cannot be had (%s), while our own tokens go on",
    async (mode) => {
      const other = await testProvider();
      const at = await testApi({ identityProvider: other.settings });
      const user = await buildUser(at.db, { username: "own" });
      const own = await createStores(at.db, columnsOf(at.source)).tokens.create(user.key, "t", null);
      const jwt = await other.sign();
      if (mode === "gone") await other.close();
      else other.mode = mode;
      for (let n = 0; n < 3; n++)
        expect(await view(jwt, at)).toMatchObject({ status: 503, code: "SERVICE_UNAVAILABLE" });
      const rest = await at.app.inject({ url: "/api/papers", headers: { authorization: `Bearer ${jwt}` } });
      expect(rest.statusCode).toBe(503);
      expect(rest.headers["retry-after"]).toMatch(/^\d+$/);
      expect(await view(own.secret, at)).toMatchObject({ status: 200, username: "own" });
      expect((await at.app.inject("/api/papers")).statusCode).toBe(200);
      if (mode === "error") expect(other.asked()).toBe(1);
      await at.close();
      if (mode !== "gone") await other.close();
    },
  );
});

describe("a user of the identity provider", () => {
  it("is made once, however many requests are the first", async () => {
    const token = await provider.sign({ sub: "crowd", preferred_username: "crowd" });
    const views = await Promise.all(Array.from({ length: 16 }, () => view(token)));
    expect(new Set(views.map(({ id }) => id)).size).toBe(1);
    expect(views.every(({ username }) => username === "crowd")).toBe(true);
    const rows = await api.db.query("test.users", sql`SELECT 1 FROM users WHERE username LIKE 'crowd%'`);
    expect(rows).toHaveLength(1);
  });

  it("never becomes somebody who has the name already, whatever its case", async () => {
    const admin = await buildUser(api.db, { username: "boss", isAdmin: true });
    for (const [sub, name] of [
      ["e1", "boss"],
      ["e2", "BOSS"],
      ["e3", "boss@evil.example.org"],
      ["boss", undefined],
    ] as const) {
      const { id, username } = await view(await provider.sign({ sub, preferred_username: name }));
      expect(id).not.toBe(admin.id);
      expect(username).toMatch(/^boss-[\da-f]{8}$/i);
    }
    const rows = await api.db.query(
      "test.admins",
      sql`SELECT 1 FROM users u JOIN user_identities i ON i.user_id = u.id WHERE u.is_admin`,
    );
    expect(rows).toEqual([]);
  });

  it("is another one when the issuer is another one", async () => {
    const { identities } = createStores(api.db, columnsOf(api.source));
    const same = { subject: "same", name: "same", person: null, tokensUntil: new Date() };
    const one = await identities.userOf({ ...same, issuer: "https://a/" });
    const other = await identities.userOf({ ...same, issuer: "https://b/" });
    expect(one.key).not.toBe(other.key);
    expect((await identities.userOf({ ...same, issuer: "https://a/", name: "x" })).key).toBe(one.key);
  });

  it("has a name that can be one, without the domain of an address", async () => {
    for (const [name, username] of [
      ["Ada Lovelace", "Ada-Lovelace"],
      ["mail@example.org", "mail"],
      ["auth0|5f7c8ec7", "auth0-5f7c8ec7"],
      ["../../etc", "etc"],
    ] as const)
      expect((await view(await provider.sign({ sub: `n-${name}`, preferred_username: name }))).username).toBe(
        username,
      );
    const nameless = await view(await provider.sign({ sub: "深度", preferred_username: "深度" }));
    expect(nameless.username).toMatch(/^user-[\da-f]{8}$/);
  });

  it("may do what users may: upvote", async () => {
    const token = await provider.sign({ sub: "voter" });
    const { errors } = await api.ask(
      'mutation { addUpvote(input: {paperId: "none"}) { changed } }',
      {},
      token,
    );
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  });
});

describe("a server without an identity provider", () => {
  it("takes no JWT", async () => {
    const other = await testApi();
    expect((await view(await provider.sign(), other)).status).toBe(401);
    await other.close();
  });
});
