import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;
let token: string;
beforeAll(async () => {
  api = await testApi({ publicUrl: "https://example.org/papers" });
  ask = restClient(api);
  const user = await buildUser(api.db);
  ({ secret: token } = await createStores(api.db, columnsOf(api.source)).tokens.create(
    user.key,
    "test",
    null,
  ));
  await buildPaper(api.db, {
    externalId: "2501.00001",
    title: "Naïve Ωmega",
    submittedAt: "2025-01-02T00:00:00Z",
  });
});
afterAll(() => api.close());

const READS = [
  "/api/daily_papers",
  "/api/papers",
  "/api/papers/search?q=omega",
  "/api/papers/2501.00001",
  "/papers/2501.00001.md",
  "/api/tags",
  "/api/quicksearch?q=na",
  "/api/arxiv/2501.00001/repos",
  "/openapi.json",
];

describe("everything that reads", () => {
  it.each(READS)("is 304 for who has it already: %s", async (path) => {
    const first = await ask("get", path);
    expect(first.status).toBe(200);
    const { etag } = first.headers;
    expect(etag).toMatch(/^W\/"[\w-]{20,}"$/);
    for (const known of [etag!, `"other", ${etag}`, etag!.slice(2), "*"]) {
      const again = await ask("get", path, { headers: { "if-none-match": known } });
      expect(again.status, known).toBe(304);
      expect(again.text).toBe("");
      expect(again.headers).toMatchObject({ etag, "cache-control": first.headers["cache-control"] });
    }
    expect((await ask("get", path, { headers: { "if-none-match": 'W/"other"' } })).status).toBe(200);
  });

  it.each(READS)("has the headers alone for HEAD: %s", async (path) => {
    const get = await ask("get", path);
    const head = await ask("head", path);
    expect(head.status).toBe(200);
    expect(head.text).toBeUndefined();
    for (const name of ["etag", "content-type", "content-length", "cache-control", "link", "x-total-count"])
      expect(head.headers[name], name).toBe(get.headers[name]);
  });

  it.each(READS)("may be kept by caches when nobody in particular asks: %s", async (path) => {
    const anonymous = await ask("get", path);
    expect(anonymous.headers["cache-control"]).toMatch(
      /^public, max-age=\d+, s-maxage=\d+, stale-while-revalidate=\d+/,
    );
    expect(anonymous.headers.vary).toContain("Authorization");
    const signedIn = await ask("get", path, { token });
    expect(signedIn.headers["cache-control"]).toBe("private, no-store");
  });

  it("has another ETag when the answer is another one", async () => {
    const before = await ask("get", "/api/papers/2501.00001");
    await ask("put", "/api/papers/2501.00001/upvote", { token });
    const after = await ask("get", "/api/papers/2501.00001", {
      headers: { "if-none-match": before.headers.etag! },
    });
    expect(after.status).toBe(200);
    expect((after.body as { upvotes: number }).upvotes).toBe(1);
    await ask("delete", "/api/papers/2501.00001/upvote", { token });
  });

  it("may be asked for by scripts of any site, without cookies", async () => {
    const response = await ask("get", "/api/papers/search", { headers: { origin: "https://arxiv.org" } });
    expect(response.headers["access-control-allow-origin"]).toBe("*");
    expect(response.headers["access-control-allow-credentials"]).toBeUndefined();
    expect(response.headers["access-control-expose-headers"]).toMatch(/Link.*ETag.*X-Total-Count/);
  });

  it("takes the token of Hugging Face's clients for nobody's", async () => {
    expect((await ask("get", "/api/daily_papers", { token: "hf_abcdefghijklmnop" })).status).toBe(200);
    expect((await ask("put", "/api/papers/2501.00001/upvote", { token: "hf_abc" })).status).toBe(401);
  });
});

describe("a preflight request", () => {
  it("lets scripts of any site send a token and JSON", async () => {
    const response = await api.app.inject({
      method: "OPTIONS",
      url: "/api/papers/2501.00001/upvote",
      headers: {
        origin: "https://example.org",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization,content-type",
      },
    });
    expect(response.statusCode).toBe(204);
    expect(response.headers["access-control-allow-methods"]).toContain("PUT");
    expect(response.headers["access-control-allow-headers"]).toContain("authorization");
  });
});

describe("an error", () => {
  it("is JSON with a header that Hugging Face's clients read, and is kept by no cache", async () => {
    const response = await ask("get", "/api/papers/2501.99999");
    expect(response.status).toBe(404);
    expect(response.body).toEqual({ error: 'There is no paper "2501.99999".', code: "NOT_FOUND" });
    expect(response.headers).toMatchObject({
      "x-error-code": "NOT_FOUND",
      "x-error-message": 'There is no paper "2501.99999".',
      "cache-control": "no-store",
    });
  });

  it("has a message that a header can hold, whatever was asked", async () => {
    const response = await ask("get", `/api/papers/${encodeURIComponent("Ω\r\nx-evil: 1")}`);
    expect(response.status).toBe(404);
    expect(response.headers["x-error-message"]).toBe('There is no paper "?x-evil: 1".');
    expect(response.headers["x-evil"]).toBeUndefined();
  });

  it.each([
    ["get", "/api/nothing"],
    ["get", "/"],
    ["post", "/api/papers"],
    ["get", "/api/papers/2501.00001/discussions"],
  ] as const)("is JSON where there is nothing: %s %s", async (method, path) => {
    const response = await ask(method, path);
    expect(response.status).toBe(404);
    expect(response.body).toMatchObject({
      code: "NOT_FOUND",
      error: expect.stringContaining(path) as string,
    });
  });

  it.each([
    ["/api/papers/%zz", 400, "BAD_USER_INPUT"],
    [`/api/papers/${"a".repeat(601)}`, 404, "NOT_FOUND"],
  ])("is JSON as all others for an address that cannot be read: %s", async (path, status, code) => {
    const response = await api.app.inject(path);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual({ error: expect.any(String) as string, code });
    expect(response.headers).toMatchObject({
      "cache-control": "no-store",
      "access-control-allow-origin": "*",
      "x-content-type-options": "nosniff",
      "x-request-id": expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
  });

  it("says what a body has to be when it is too large or of another type", async () => {
    const path = "/api/papers/2501.00001/comment";
    const large = await ask("post", path, { token, body: { comment: "x".repeat(300_000) } });
    expect(large.status).toBe(413);
    expect(large.body).toEqual({
      error: "The body is too large: at most 256 KiB are taken.",
      code: "BAD_USER_INPUT",
    });
    for (const [method, address] of [
      ["post", path],
      ["put", "/api/papers/2501.00001/upvote"],
      ["post", "/api/digest/subscriptions"],
    ] as const) {
      const headers = { "content-type": "application/xml" };
      const other = await ask(method, address, { token, headers, body: "<comment/>" });
      expect(other.status).toBe(415);
      expect(other.body).toEqual({
        error: "The body has to be JSON, sent with Content-Type: application/json and without compression.",
        code: "BAD_USER_INPUT",
      });
    }
  });

  it("is not what comes of JSON that is announced where nothing has to be sent", async () => {
    const headers = { "content-type": "application/json" };
    for (const method of ["put", "delete"] as const)
      expect((await ask(method, "/api/papers/2501.00001/upvote", { token, headers })).status).toBe(200);
    const empty = await ask("post", "/api/papers/2501.00001/comment", { token, headers });
    expect(empty.status).toBe(400);
    expect(empty.body).toMatchObject({ error: "body: takes a JSON object." });
  });

  it("asks for a token with 401, and tells no difference between tokens that are not taken", async () => {
    const none = await ask("put", "/api/papers/2501.00001/upvote");
    const bad = await ask("get", "/api/papers", { token: "papergraph_x" });
    for (const response of [none, bad]) {
      expect(response.status).toBe(401);
      expect(response.headers["www-authenticate"]).toMatch(/^Bearer/);
      expect(response.body).toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("names what is wrong with a body", async () => {
    const comment = (body: object) => ask("post", "/api/papers/2501.00001/comment", { token, body });
    expect((await comment({})).body).toMatchObject({ error: "comment: is missing." });
    expect((await comment({ comment: 5 })).body).toMatchObject({
      error: expect.stringMatching(/^comment: takes/) as string,
    });
    expect((await comment({ comment: " " })).body).toMatchObject({
      error: expect.stringMatching(/^comment: takes/) as string,
    });
    const broken = await api.app.inject({
      method: "POST",
      url: "/api/papers/2501.00001/comment",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      payload: "{",
    });
    expect(broken.statusCode).toBe(400);
    expect(broken.json()).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

describe("a failure of the server", () => {
  it("is told as no more than that, with the statement and the table unnamed", async () => {
    const other = await testApi();
    await other.db.query("test.break", sql`DROP TABLE author_claims`);
    const paper = await buildPaper(other.db);
    const response = await restClient(other)("get", `/api/papers/${paper.externalId}`);
    expect(response.status).toBe(500);
    expect(response.body).toEqual({
      error: "Something went wrong on the server; it has been logged.",
      code: "INTERNAL_SERVER_ERROR",
    });
    expect(JSON.stringify(response.headers)).not.toMatch(/author_claims|relation/);
    await other.close();
  });

  it("that passes is 503, with when to try again", async () => {
    const other = await testApi();
    const response = await other.db.transaction(async (tx) => {
      await tx.query("test.lock", sql`LOCK TABLE papers`);
      return restClient(other)("get", "/api/papers");
    });
    expect(response.status).toBe(503);
    expect(response.headers["retry-after"]).toMatch(/^\d+$/);
    expect(response.body).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    await other.close();
  }, 20_000);
});

describe("the address in links", () => {
  it("is the one that was asked, or the public one", async () => {
    await buildPaper(api.db, { submittedAt: "2025-01-03T00:00:00Z" });
    const link = async (of: Api) => {
      const response = await of.app.inject({
        url: "/api/daily_papers?limit=1&x=%22y",
        headers: { host: "papers.example.org:8080" },
      });
      return response.headers.link;
    };
    expect(await link(api)).toBe(
      '<https://example.org/papers/api/daily_papers?limit=1&x=%22y&p=1>; rel="next"',
    );
    const other = await testApi();
    for (let n = 0; n < 2; n++) await buildPaper(other.db, { submittedAt: "2025-01-03T00:00:00Z" });
    expect(await link(other)).toBe(
      '<http://papers.example.org:8080/api/daily_papers?limit=1&x=%22y&p=1>; rel="next"',
    );
    await other.close();
  });

  it("is never made of a Host that is none", async () => {
    const response = await api.app.inject({
      url: "/api/daily_papers?limit=1",
      headers: { host: "a>; rel=x" },
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: expect.stringMatching(/^Host/) as string });
  });
});
