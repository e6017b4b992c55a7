import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { rawSocket } from "../support/raw-socket.js";

let api: Api;
let published: Api;
beforeAll(async () => {
  api = await testApi({ trustProxy: ["loopback"] });
  published = await testApi({ publicUrl: "https://papers.example.org", trustProxy: ["loopback"] });
  for (const { db } of [api, published])
    for (let n = 0; n < 3; n++) await buildPaper(db, { externalId: `2501.0000${n}` });
  await api.app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(async () => {
  await api.close();
  await published.close();
});

async function ask(head: string): Promise<{ status: string; body: string }> {
  const { socket, ended } = await rawSocket(api.app);
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  const answer = await ended;
  return { status: answer.slice(9, 12), body: answer.slice(answer.indexOf("\r\n\r\n")) };
}

describe("a request's address", () => {
  it.each([
    ["GET http://papers.example/api/papers?limit=1 HTTP/1.1\r\nHost: other.example", "200", '"id"'],
    ["GET HTTP://papers.example:4000/healthz HTTP/1.1\r\nHost: x", "200", '"ok"'],
    ["GET http://papers.example HTTP/1.1\r\nHost: x", "404", "NOT_FOUND"],
    ["GET http://papers.example?x HTTP/1.1\r\nHost: x", "404", "NOT_FOUND"],
    ["GET http:///api/papers HTTP/1.1\r\nHost: x", "400", "BAD_USER_INPUT"],
    ["GET http://user@evil/api/papers HTTP/1.1\r\nHost: x", "400", "BAD_USER_INPUT"],
    ["GET ftp://papers.example/api/papers HTTP/1.1\r\nHost: x", "404", "NOT_FOUND"],
    ["GET //evil.example/api/papers HTTP/1.1\r\nHost: x", "404", "NOT_FOUND"],
    ["OPTIONS * HTTP/1.1\r\nHost: x", "204", ""],
  ])("in any form gets an answer: %s", async (head, status, body) => {
    expect(await ask(head)).toMatchObject({ status, body: expect.stringContaining(body) as string });
  });

  it("names one host", async () => {
    expect(await ask("GET /healthz HTTP/1.1\r\nHost: a.example\r\nhost: b.example")).toMatchObject({
      status: "400",
      body: expect.stringContaining("Host: is given more than once.") as string,
    });
    expect((await ask("GET /healthz HTTP/1.1\r\nHost: a.example, b.example")).status).toBe("400");
  });
});

describe("the host that a request names", () => {
  const PUBLIC = ["/api/papers?limit=1", "/api/daily_papers?limit=1", "/api/tags?limit=1", "/feeds/papers.atom", "/feeds/papers.rss", "/feeds/papers.json", "/openapi.json", "/graphql?query={__typename}", "/api/analytics/groups?by=year"]; // prettier-ignore
  const headers = {
    host: "evil.example",
    "x-forwarded-host": "evil.example",
    "apollo-require-preflight": "1",
  };

  it.each(PUBLIC)("stands in no answer that shared caches may keep: %s", async (url) => {
    const { headers: answered, body } = await api.app.inject({ url, headers });
    const cacheable = String(answered["cache-control"]).includes("public");
    expect(cacheable && (body + String(answered.link)).includes("evil.example")).toBe(false);
    const { headers: own, body: ownBody } = await published.app.inject({ url, headers });
    expect(ownBody + JSON.stringify(own)).not.toContain("evil.example");
    expect(own["cache-control"]).toMatch(/^public, /);
  });
});
