import { parse } from "graphql";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DocumentCache, documentHash } from "../../src/api/graphql/execution/document-cache.js";
import { RequestWork } from "../../src/platform/work/request-work.js";
import { WORK_BOUNDS, type WorkBounds } from "../../src/platform/work/work-bounds.js";
import { testApi, type Api, type GraphqlError } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";

const AUTHORS = Array.from({ length: 700 }, (_, index) => `Author ${index}`);

let api: Api;
beforeAll(async () => {
  api = await testApi();
  await buildPaper(api.db, { externalId: "large", authors: AUTHORS, abstract: "x".repeat(5_000) });
});
afterAll(() => api.close());

/** A server of its own that lets through what costs too much, with other bounds. */
async function boundedApi(bounds: Partial<WorkBounds>): Promise<Api> {
  const server = await testApi({ workBounds: { ...WORK_BOUNDS, ...bounds } });
  for (let n = 0; n < 30; n++) await buildPaper(server.db, { authors: AUTHORS, abstract: "y".repeat(1_000) });
  return server;
}

describe("a request that needs more than its bounds is ended", () => {
  it.each([
    ["objects", { objects: 1_000 }, "{ papers(first: 30) { nodes { authors { name } } } }"],
    ["bytes", { bytes: 20_000 }, "{ papers(first: 30) { nodes { a: abstract b: abstract } } }"],
  ])("%s", async (name, bounds, query) => {
    const server = await boundedApi(bounds);
    try {
      for (let run = 0; run < 3; run++) {
        const response = await request(server.app.server)
          .post("/graphql")
          .set("accept", "application/graphql-response+json")
          .send({ query });
        const { status } = response;
        const { data, errors } = response.body as { data?: unknown; errors: GraphqlError[] };
        expect({ data, status, codes: errors.map(({ extensions }) => extensions.code) }).toEqual({
          data: undefined,
          status: 400,
          codes: ["QUERY_TOO_COMPLEX"],
        });
        expect(errors[0]!.message).toContain(name);
      }
      expect((await server.ask("{ papers(first: 1) { nodes { id } } }")).errors).toBeUndefined();
    } finally {
      await server.close();
    }
  });

  it("time", async () => {
    const server = await boundedApi({ deadline: 1 });
    try {
      const { errors } = await server.ask("{ papers(first: 30) { nodes { authors { name } } } }");
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["QUERY_TIMEOUT"]);
    } finally {
      await server.close();
    }
  });
});

describe("a request whose cost is refused", () => {
  it.each([
    '{ paper(id: "large") { authors { papers(first: 5) { nodes { authors { papers(first: 2) { totalCount nodes { title } } } } } } } }',
    '{ paper(id: "large") { authors { papers(first: 100) { nodes { title tags { name } authors { name } } } } } }',
    `query ($s: Boolean = false) { papers(first: 30) { nodes { id } nodes @include(if: $s) { ...Big } } }
     fragment Big on Paper { related(first: 25) { title related(first: 50) { title abstract authors { name } } } }`,
  ])("runs no statement", async (query) => {
    const statements = await statementsOf(async () => {
      const { errors } = await api.ask(query);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["QUERY_TOO_COMPLEX"]);
    });
    expect(statements).toEqual([]);
  });
});

describe("a frontend's ordinary document", () => {
  it("is answered the same each time with a variable of a recursive input type", async () => {
    const query =
      "query F($filter: PaperFilter) { papers(filter: $filter, first: 1) { totalCount nodes { externalId } } }";
    const filter = { and: [{ or: [{ not: { year: { gte: 2090 } } }, {}] }] };
    const before = process.memoryUsage().heapUsed;
    for (let run = 0; run < 20; run++) {
      const { data } = await api.ask<{ papers: { totalCount: number } }>(`${query} # ${run % 5}`, { filter });
      expect(data?.papers.totalCount).toBe(1);
    }
    // Nothing of hundreds of megabytes is made of a document.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000);
  });

  it("leaves out what a directive excludes, wherever else it is selected", async () => {
    await buildPaper(api.db, { tags: ["A tag"] });
    const query =
      "query ($s: Boolean = true) { tags(first: 1) { edges { node { name } } edges @skip(if: $s) { ... { node { slug } } } } }";
    for (let run = 0; run < 8; run++)
      expect(await api.data(query)).toEqual({ tags: { edges: [{ node: { name: "A tag" } }] } });
  });

  it("is refused each time where its name and its text only together look like another one", async () => {
    for (let run = 0; run < 6; run++) await api.data("query A { __typename }");
    const { errors } = await api.ask("A query A { __typename }");
    expect(errors?.[0]?.extensions.code).toBe("GRAPHQL_PARSE_FAILED");
  });

  it("takes the fast path with the extensions that clients send", async () => {
    const body = {
      query: "query Q { papers(first: 1) { nodes { id } } }",
      operationName: "Q",
      extensions: { clientLibrary: { name: "@apollo/client", version: "4.0.0" } },
    };
    const answers = [];
    for (let run = 0; run < 3; run++)
      answers.push((await request(api.app.server).post("/graphql").send(body)).text);
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toMatch(/^\{"data":/);
  });
});

describe("documents that are kept", () => {
  it("count with their whole texts, commas and all", async () => {
    const documents = new DocumentCache();
    for (let n = 0; n < 200; n++) {
      const text = `{ a${n}: __typename }${",".repeat(250_000)}`;
      await documents.set(`prefix:${documentHash(text)}`, parse(text));
    }
    expect(documents.bytes).toBeLessThanOrEqual(16_000_000);
    const text = "{ __typename }";
    await documents.set(`prefix:${documentHash(text)}`, parse(text));
    expect(documents.find(documentHash(text))).toBeDefined();
  });
});

describe("the event loop", () => {
  it("is given back to others while a long answer is made", async () => {
    const [long, short] = [new RequestWork(), new RequestWork()];
    const order: string[] = [];
    const spin = (milliseconds: number) => {
      for (const start = performance.now(); performance.now() - start < milliseconds;);
    };
    const longer = (async () => {
      for (let turn = 0; turn < 6; turn++) {
        await long.yieldIfDue();
        spin(12);
        order.push("long");
      }
    })();
    setImmediate(() => order.push("short"));
    await longer;
    await short.yieldIfDue();
    expect(order.indexOf("short")).toBeLessThan(3);
    expect(long.cpuMilliseconds).toBeGreaterThan(40);
    expect(short.cpuMilliseconds).toBeLessThan(20);
    long.done();
    short.done();
  });
});
