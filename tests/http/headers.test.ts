import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";

let api: Api;
let listed: Api;
beforeAll(async () => {
  api = await testApi();
  listed = await testApi({
    publicUrl: "https://papers.example.org",
    http: { corsOrigins: ["https://a.example.org", "http://localhost:5173"] },
  });
});
afterAll(async () => {
  await api.close();
  await listed.close();
});

const ANSWERS = ["/api/papers", "/graphql?query={__typename}", "/healthz", "/openapi.json", "/nothing", "/api/papers/%zz", "/feeds/papers.atom"]; // prettier-ignore

describe("security headers", () => {
  it.each(ANSWERS)("are on %s", async (url) => {
    const { headers } = await api.app.inject(url);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "x-request-id": expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
    expect(headers["strict-transport-security"]).toBeUndefined();
    expect(headers["x-powered-by"]).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });

  it("let pages do what they do, from this server alone, and in no frame", async () => {
    for (const url of ["/graphql", "/docs/", "/digest/confirm?token=x"]) {
      const { headers } = await api.app.inject({ url, headers: { accept: "text/html" } });
      expect(headers["content-type"], url).toContain("text/html");
      expect(headers["content-security-policy"], url).toMatch(/frame-ancestors 'none'/);
      expect(headers["content-security-policy"], url).not.toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers["content-security-policy"], url).not.toMatch(/https?:|\*/);
    }
  });

  it("ask for https where that is how the server is reached", async () => {
    const { headers } = await listed.app.inject("/api/papers");
    expect(headers["strict-transport-security"]).toBe("max-age=31536000");
  });
});

describe("pages of other sites", () => {
  it("may all read by default, without credentials", async () => {
    const { headers } = await api.app.inject({ url: "/api/papers", headers: { origin: "https://x.org" } });
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
  });

  it.each(["/api/papers", "/graphql?query={__typename}", "/api/papers/%zz", "/nothing"])(
    "may read when they are listed, and no others: %s",
    async (url) => {
      const ask = async (origin: string) => (await listed.app.inject({ url, headers: { origin } })).headers;
      const good = await ask("https://a.example.org");
      expect(good["access-control-allow-origin"]).toBe("https://a.example.org");
      expect(good.vary).toMatch(/Origin/);
      for (const origin of [
        "https://b.example.org",
        "https://a.example.org.evil.org",
        "http://a.example.org",
        "null",
      ]) {
        const bad = await ask(origin);
        expect(bad["access-control-allow-origin"], origin).not.toBe(origin);
        expect(bad["access-control-allow-origin"], origin).not.toBe("*");
        expect(bad.vary, origin).toMatch(/Origin/);
      }
    },
  );

  it("cannot make browsers post what needs no preflight", async () => {
    const forms = [
      {
        method: "POST",
        url: "/graphql",
        payload: "query={__typename}",
        type: "application/x-www-form-urlencoded",
      },
      { method: "POST", url: "/graphql", payload: '{"query":"{__typename}"}', type: "text/plain" },
    ] as const;
    for (const form of forms) {
      const { statusCode } = await api.app.inject({
        method: form.method,
        url: form.url,
        payload: form.payload,
        headers: { "content-type": form.type },
      });
      expect([400, 415], form.url).toContain(statusCode);
    }
  });

  it("answers a plain GET, which changes nothing", async () => {
    const get = (query: string) =>
      api.app.inject({ method: "GET", url: `/graphql?query=${encodeURIComponent(query)}` });
    const { statusCode, body } = await get("{ __typename }");
    expect([statusCode, body]).toEqual([200, '{"data":{"__typename":"Query"}}\n']);
    const mutation = await get('mutation { addUpvote(input: { paperId: "p1" }) { changed } }');
    expect(mutation.statusCode).toBe(405);
  });
});
