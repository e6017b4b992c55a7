import { getIntrospectionQuery } from "graphql";
import sql from "sql-template-tag";
import request, { type Response } from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { networkOf } from "../../src/shared/network.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

const LIMITS = { anonymous: 20, user: 40 };

let api: Api;
let token: string;
let otherToken: string;
beforeAll(async () => {
  api = await testApi({ rateLimits: LIMITS, trustProxy: ["loopback"] });
  const user = await buildUser(api.db, { username: "reader" });
  const { tokens } = createStores(api.db, columnsOf(api.source));
  ({ secret: token } = await tokens.create(user.key, "test", null));
  ({ secret: otherToken } = await tokens.create(user.key, "another", null));
  await buildPaper(api.db, { externalId: "p1", title: "A paper" });
});
afterAll(() => api.close());

/** Asks from a network address of one's own, as a proxy tells it. */
const from = (address: string) => ({
  get: (path: string) => request(api.app.server).get(path).set("x-forwarded-for", address),
  ask: (query: string, secret?: string) => {
    const post = request(api.app.server).post("/graphql").set("x-forwarded-for", address);
    return (secret ? post.set("authorization", `Bearer ${secret}`) : post).send({ query });
  },
});

const CHEAP = "{ papers { totalCount } }";
/** Takes 11 points. */
const DEAR = "{ papers(first: 1) { groups(by: [YEAR]) { totalCount } } }";

function remaining({ headers }: Response): number {
  return Number(/^"default";r=(\d+);t=\d+$/.exec(String(headers.ratelimit))?.[1]);
}

describe("rate limits", () => {
  it("are told in the headers of the IETF's draft, which scripts of other sites may read", async () => {
    const response = await from("198.51.100.1")
      .get("/api/papers?limit=10")
      .set("origin", "https://example.org");
    expect(response.headers["ratelimit-policy"]).toBe('"default";q=20;w=60');
    expect(response.headers.ratelimit).toMatch(/^"default";r=19;t=60$/);
    expect(response.headers["access-control-expose-headers"]).toMatch(/RateLimit, RateLimit-Policy/);
  });

  it("charge an operation what it costs, and tell in GraphQL", async () => {
    const { ask } = from("198.51.100.2");
    expect(remaining(await ask(CHEAP))).toBe(19);
    const response = await ask(`{ rateLimit { limit cost remaining used resetAt } ${DEAR.slice(1)}`);
    const { rateLimit } = (response.body as { data: { rateLimit: { cost: number; resetAt: string } } }).data;
    expect(rateLimit).toMatchObject({ limit: 20, cost: 11, remaining: 8, used: 12 });
    expect(Date.parse(rateLimit.resetAt) - Date.now()).toBeLessThanOrEqual(60_000);
    expect(remaining(response)).toBe(8);
  });

  it("refuse what is too much with 429 and the seconds to wait, for one point", async () => {
    const { ask, get } = from("198.51.100.3");
    await ask(DEAR);
    const refused = await ask(DEAR);
    expect(refused.status).toBe(429);
    const { errors } = refused.body as { errors: { message: string; extensions: { retryAfter: number } }[] };
    const seconds = Number(refused.headers["retry-after"]);
    expect(errors[0]!.extensions).toEqual({ code: "RATE_LIMITED", retryAfter: seconds });
    expect(errors[0]!.message).toMatch(/^8 of the 20 points a minute are left, and this takes 11\. /);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(remaining(refused)).toBe(8);
    for (let left = 7; left >= 0; left--) expect(remaining(await ask(CHEAP))).toBe(left);
    for (const response of [await ask(CHEAP), await get("/api/papers?limit=10"), await get("/nowhere")]) {
      expect([response.status, remaining(response)]).toEqual([429, 0]);
      expect(response.headers["retry-after"]).toMatch(/^\d+$/);
    }
    expect((await get("/api/papers?limit=10")).body).toMatchObject({ code: "RATE_LIMITED" });
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/readyz")).headers).not.toHaveProperty("ratelimit");
    expect((await from("198.51.100.4").ask(CHEAP)).status).toBe(200);
  });

  it("charge what never becomes an operation, and what costs too much", async () => {
    const { ask, get } = from("198.51.100.5");
    expect(remaining(await ask("{"))).toBe(19);
    expect(remaining(await ask("{ nothing }"))).toBe(18);
    expect(
      remaining(
        await ask("{ papers(first: 100) { nodes { authors { papers(first: 100) { nodes { id } } } } } }"),
      ),
    ).toBe(17);
    expect(remaining(await get("/graphql?query={__typename}"))).toBe(16);
    expect(remaining(await ask(CHEAP, "papergraph_nonsense"))).toBe(15);
    expect(remaining(await get("/api/papers/search?q=x&limit=10"))).toBe(13);
    expect(remaining(await get("/feeds/papers.atom?limit=10"))).toBe(12);
  });

  it("are a user's own, whatever address the user asks from and however the token is spelled", async () => {
    expect(remaining(await from("198.51.100.6").ask(CHEAP, token))).toBe(39);
    expect(remaining(await from("198.51.100.7").ask(CHEAP, token))).toBe(38);
    const spelled = await from("198.51.100.8")
      .get("/api/papers?limit=10")
      .set("authorization", `bearer   ${token}`);
    expect([remaining(spelled), spelled.headers["ratelimit-policy"]]).toEqual([37, '"default";q=40;w=60']);
    expect(remaining(await from("198.51.100.6").ask(CHEAP))).toBe(19);
    // The address was charged before the token was known to be valid, and got its point back.
    expect(remaining(await from("198.51.100.8").ask(CHEAP))).toBe(19);
  });

  it("are shared by all tokens of a user", async () => {
    const { get, ask } = from("198.51.100.10");
    expect(remaining(await get("/api/papers?limit=10").set("authorization", `Bearer ${otherToken}`))).toBe(
      36,
    );
    expect(remaining(await ask(CHEAP, otherToken))).toBe(35);
    expect(remaining(await ask(CHEAP, token))).toBe(34);
    expect(remaining(await ask(CHEAP))).toBe(19);
  });

  it("of an address pay for a token that is valid no longer", async () => {
    const user = await buildUser(api.db, { username: "former" });
    const { tokens } = createStores(api.db, columnsOf(api.source));
    const { secret } = await tokens.create(user.key, "test", null);
    const { get } = from("198.51.100.11");
    const ask = () => get("/api/papers?limit=10").set("authorization", `Bearer ${secret}`);
    expect(remaining(await ask())).toBe(39);
    await api.db.query(
      "test.revoke",
      sql`UPDATE access_tokens SET revoked_at = now() WHERE user_id = ${user.key}`,
    );
    const refused = await ask();
    expect([refused.status, remaining(refused)]).toEqual([401, 19]);
  });

  it("do not let somebody have a limit for each token that they make up", async () => {
    const { ask } = from("198.51.100.9");
    const statuses = [];
    for (let n = 0; n < 21; n++) statuses.push((await ask(CHEAP, `papergraph_${n}`)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(401), 429]);
  });

  it("count a network of IPv6 as one", async () => {
    expect(remaining(await from("2001:db8:0:1::1").ask(CHEAP))).toBe(19);
    expect(remaining(await from("2001:db8:0:1:ffff::2").ask(CHEAP))).toBe(18);
    expect(remaining(await from("2001:db8:0:2::1").ask(CHEAP))).toBe(19);
    expect(networkOf("2001:DB8::1:0:0:1")).toBe("2001:db8:0:0::/64");
    expect(networkOf("::1")).toBe("0:0:0:0::/64");
    expect(networkOf("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
    expect(networkOf("::ffff:192.0.2.7")).toBe("192.0.2.7");
    expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
    expect(networkOf("x".repeat(1_000))).toHaveLength(64);
  });

  it("can be set and switched off", async () => {
    expect(readConfig({}).rateLimits).toEqual({ anonymous: 6_000, user: 12_000, byTime: true });
    expect(readConfig({ RATE_LIMIT: "off" }).rateLimits).toBeNull();
    expect(readConfig({ RATE_LIMIT_TOKEN: "7" }).rateLimits?.user).toBe(7);
    expect(() => readConfig({ RATE_LIMIT: "no" })).toThrow(/^RATE_LIMIT is "no"/);
    const open = await testApi({ rateLimits: null });
    const response = await request(open.app.server)
      .post("/graphql")
      .send({ query: "{ rateLimit { limit } }" });
    expect(response.body).toEqual({ data: { rateLimit: null } });
    expect(response.headers).not.toHaveProperty("ratelimit");
    await open.close();
  });
});

describe("points by time", () => {
  it("pay for all of a request's time, also for what it does in one go before its answer", async () => {
    const timed = await testApi({ rateLimits: { anonymous: 10_000, user: 10_000, byTime: true } });
    const ask = () => request(timed.app.server).post("/graphql").send({ query: getIntrospectionQuery() });
    const first = remaining(await ask());
    for (let time = 0; time < 4; time++) await ask();
    // Describing the whole schema takes many milliseconds, and no field of ours counts points for it.
    expect(first - remaining(await ask())).toBeGreaterThan(2 * 5);
    await timed.close();
  });
});
