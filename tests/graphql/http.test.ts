import { serverAudits } from "graphql-http";
import type { AddressInfo } from "node:net";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXAMPLES } from "../../src/api/graphql/ide/graphql-ide.examples.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  await api.app.listen({ port: 0, host: "127.0.0.1" });
  await buildPaper(api.db, { externalId: "2505.24864", title: "NVIDIA quantization" });
});
afterAll(() => api.close());

describe("GraphQL over HTTP", () => {
  const audits = serverAudits({
    url: () => `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}/graphql`,
  });

  it.each(audits.map((audit) => [audit.name, audit] as const))("%s", async (_name, audit) => {
    const result = await audit.fn();
    if (result.status === "error") throw new Error(result.reason);
    expect(["ok", "notice", "warn"]).toContain(result.status);
  });

  it("tells a bad token with 401, whatever is wrong with it", async () => {
    const bodies = new Set<string>();
    for (const value of [
      "Bearer nonsense",
      "Bearer",
      "Basic abc",
      "Bearer papergraph_AAAA",
      "x".repeat(5_000),
    ]) {
      const response = await request(api.app.server)
        .post("/graphql")
        .set("authorization", value)
        .send({ query: "{ viewer { username } }" });
      expect(response.status, value).toBe(401);
      bodies.add(JSON.stringify(response.body));
    }
    expect([...bodies]).toHaveLength(1);
    expect([...bodies][0]).toContain("UNAUTHENTICATED");
  });

  it("has a status of its own when there is no data, and 200 when a part of it is there", async () => {
    const ask = async (query: string) => {
      const { status } = await request(api.app.server)
        .post("/graphql")
        .set("accept", "application/graphql-response+json")
        .send({ query });
      return status;
    };
    expect(await ask("{ nothing }")).toBe(400);
    expect(await ask("{ papers(first: 101) { totalCount } }")).toBe(200);
    expect(await ask('mutation { addUpvote(input: {paperId: "2505.24864"}) { changed } }')).toBe(200);
    expect(await ask("{ papers { totalCount } }")).toBe(200);
  });

  it("refuses what is not JSON, too long or batched", async () => {
    const post = () => request(api.app.server).post("/graphql");
    expect((await post().set("content-type", "text/plain").send('{"query":"{ __typename }"}')).status).toBe(
      415,
    );
    expect((await post().type("form").send({ query: "{ __typename }" })).status).toBe(415);
    expect((await post().send({ query: `{ __typename } #${"x".repeat(300_000)}` })).status).toBe(413);
    expect((await post().send([{ query: "{ __typename }" }])).status).toBe(400);
  });

  it("carries a request id, and gives nothing of the inside away", async () => {
    const response = await request(api.app.server).post("/graphql").send({ query: "{ nothing }" });
    expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.text).not.toMatch(/stacktrace|node_modules/);
  });
});

describe("health", () => {
  it("tells that the process lives and that the database is there", async () => {
    expect((await request(api.app.server).get("/healthz")).body).toEqual({ status: "ok" });
    expect((await request(api.app.server).get("/readyz")).body).toEqual({ status: "ready" });
  });
});

describe("the query page", () => {
  it("is shown to browsers, from this server alone", async () => {
    const page = await request(api.app.server)
      .get("/graphql")
      .set("accept", "text/html,application/xhtml+xml");
    expect(page.status).toBe(200);
    expect(page.type).toBe("text/html");
    expect(page.text).not.toMatch(/(src|href)="https?:/);
    // The address that the examples are sent to is made by the browser from its own.
    expect(page.text).toContain("endpointURL: `${new URL('/graphql', location).href}`");
    for (const [, asset] of page.text.matchAll(/(?:src|href)="([^"#]+\.(?:js|css))"/g)) {
      expect((await request(api.app.server).get(`/graphql/page/${asset!}`)).status, asset).toBe(200);
    }
  });

  it.each(EXAMPLES.map(({ name, query }) => [name, query]))(
    "has an example that works: %s",
    async (_name, query) => {
      const { errors } = await api.ask(query);
      expect(errors?.filter(({ extensions }) => extensions.code !== "UNAUTHENTICATED") ?? []).toEqual([]);
    },
  );

  it("can be switched off", async () => {
    const other = await testApi({ graphiql: false });
    const page = await request(other.app.server).get("/graphql").set("accept", "text/html");
    expect(page.type).not.toBe("text/html");
    await other.close();
  });
});
