import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser, type BuiltPaper } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";
import { eventually } from "../support/eventually.js";
import { hasRedisServer, redisServer } from "../support/redis-server.js";
import { restClient } from "../support/rest.js";

const LIST = "{ papers(first: 2) { nodes { title upvoteCount } } }";
const CACHED = { responseCache: 600 };

let api: Api;
let paper: BuiltPaper;
let token: string;
beforeAll(async () => {
  api = await testApi(CACHED);
  paper = await buildPaper(api.db, { title: "Kept" });
  const user = await buildUser(api.db);
  const { tokens } = createStores(api.db, columnsOf(api.source));
  ({ secret: token } = await tokens.create(user.key, "test", null));
});
afterAll(() => api.close());

interface List {
  papers: { nodes: { title: string; upvoteCount: number }[] };
}

function countOf({ papers }: List): number {
  return papers.nodes.find(({ title }) => title === "Kept")!.upvoteCount;
}

async function upvotes(of: Api = api): Promise<number> {
  return countOf(await of.data<List>(LIST));
}

/** How many statements the same question takes when it comes again. */
async function again(query: string, given?: string): Promise<number> {
  await api.ask(query, {}, given);
  return (await statementsOf(() => api.ask(query, {}, given))).length;
}

describe("an answer for everybody", () => {
  it("is given again without a statement, whole and with its media type", async () => {
    const ask = () =>
      request(api.app.server)
        .post("/graphql")
        .set("accept", "application/graphql-response+json")
        .send({ query: LIST });
    const first = await ask();
    let second = first;
    expect(await statementsOf(async () => (second = await ask()))).toEqual([]);
    expect(second.text).toBe(first.text);
    expect(second.headers["content-type"]).toBe(first.headers["content-type"]);
    const plain = await request(api.app.server).post("/graphql").send({ query: LIST });
    expect(plain.headers["content-type"]).toMatch(/^application\/json/);
  });

  it("is another one for other variables", async () => {
    const query = "query ($first: Int) { papers(first: $first) { nodes { title } } }";
    await buildPaper(api.db);
    for (const first of [1, 2, 1]) {
      const { papers } = await api.data<List>(query, { first });
      expect(papers.nodes).toHaveLength(first);
    }
  });

  it("is forgotten when somebody writes, by either door", async () => {
    const before = await upvotes();
    await api.data(
      `mutation { addUpvote(input: { paperId: "${paper.externalId}" }) { changed } }`,
      {},
      token,
    );
    expect(await upvotes()).toBe(before + 1);
    await restClient(api)("delete", `/api/papers/${paper.externalId}/upvote`, { token });
    expect(await upvotes()).toBe(before);
  });

  it("stays while others read by REST", async () => {
    await api.ask(LIST);
    await restClient(api)("get", "/api/papers?limit=1");
    expect(await statementsOf(() => api.ask(LIST))).toEqual([]);
  });
});

describe("what is not for everybody, or no answer,", () => {
  it.each([
    ["is asked with a token", LIST, true],
    ["tells of the viewer", "{ papers(first: 1) { nodes { title viewerHasUpvoted } } }", false],
    ["has errors", '{ papers(first: 1) { nodes { title } } paper(id: "\\u0000") { title } }', false],
  ])("%s is never kept", async (_, query, withToken) => {
    expect(await again(query, withToken ? token : undefined)).toBeGreaterThan(0);
  });

  it("tells its cost each time", async () => {
    const ask = () =>
      request(api.app.server).post("/graphql").set("x-graphql-cost", "1").send({ query: LIST });
    const costs = [await ask(), await ask()].map(
      ({ body }) => (body as { extensions: { cost: { requested: number } } }).extensions.cost.requested,
    );
    expect(costs).toEqual([1, 1]);
    expect((await request(api.app.server).post("/graphql").send({ query: LIST })).body).not.toHaveProperty(
      "extensions",
    );
  });
});

it("without the setting nothing is kept", async () => {
  const plain = await createApp({ logLevel: "silent", graphiql: false, introspection: true }, api.source);
  const ask = () => plain.inject({ method: "POST", url: "/graphql", payload: { query: LIST } });
  await ask();
  expect((await statementsOf(ask)).length).toBeGreaterThan(0);
  await plain.close();
});

describe.skipIf(!hasRedisServer)("instances that share a Redis", () => {
  it("forget what another one has written", async () => {
    const redis = await redisServer();
    await redis.start();
    const other = await createApp(
      { logLevel: "silent", graphiql: false, introspection: true, ...CACHED, redisUrl: redis.url },
      api.source,
    );
    const one = await createApp(
      { logLevel: "silent", graphiql: false, introspection: true, ...CACHED, redisUrl: redis.url },
      api.source,
    );
    const ask = (app: typeof one, query: string, headers: Record<string, string> = {}) =>
      app.inject({ method: "POST", url: "/graphql", payload: { query }, headers });
    try {
      const count = async () => countOf((await ask(other, LIST)).json<{ data: List }>().data);
      const before = await count();
      let adds = false;
      // Listening begins a moment after the start.
      await eventually("the other instance tells the new count", async () => {
        adds = !adds;
        const deed = adds ? "addUpvote" : "removeUpvote";
        await ask(one, `mutation { ${deed}(input: { paperId: "${paper.externalId}" }) { changed } }`, {
          authorization: `Bearer ${token}`,
        });
        return adds && (await count()) === before + 1;
      });
    } finally {
      await Promise.all([one.close(), other.close()]);
      await redis.kill();
    }
  });
});
