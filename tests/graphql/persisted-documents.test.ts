import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { readTrustedDocuments } from "../../src/api/graphql/documents/trusted-documents.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const QUERY = "query First { papers(first: 1) { nodes { title } } }";
const FOUND = { data: { papers: { nodes: [{ title: "A paper" }] } } };

let api: Api;
let token: string;
let folder: string;
beforeAll(async () => {
  api = await testApi();
  folder = await mkdtemp(join(tmpdir(), "papergraph-trusted-"));
  await buildPaper(api.db, { externalId: "p1", title: "A paper" });
  const user = await buildUser(api.db, { username: "reader" });
  const { tokens } = createStores(api.db, columnsOf(api.source));
  ({ secret: token } = await tokens.create(user.key, "test", null));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

function persisted(text: string, { withText = false, version = 1, sha256Hash = hashOf(text) } = {}) {
  return { ...(withText && { query: text }), extensions: { persistedQuery: { version, sha256Hash } } };
}

const post = (server: Api, body: object) => request(server.app.server).post("/graphql").send(body);
const get = (server: Api, query: Record<string, string>) =>
  request(server.app.server).get("/graphql").query(query).set("apollo-require-preflight", "1");

describe("automatic persisted queries", () => {
  it("are asked for by their hash once their text has been sent, by POST and by GET", async () => {
    const unknown = await post(api, persisted(QUERY));
    expect(unknown.text).toContain("PERSISTED_QUERY_NOT_FOUND");
    const accept = "application/graphql-response+json,application/json;q=0.9";
    for (const accepted of ["application/json", accept])
      expect((await post(api, persisted(QUERY)).set("accept", accepted)).status).toBe(200);
    expect(unknown.headers["cache-control"]).not.toContain("public");
    expect((await post(api, persisted(QUERY, { withText: true }))).body).toEqual(FOUND);
    expect((await post(api, persisted(QUERY))).body).toEqual(FOUND);
    const byGet = await get(api, { extensions: JSON.stringify(persisted(QUERY).extensions) });
    expect(byGet.body).toEqual(FOUND);
    expect(byGet.headers["cache-control"]).toMatch(/^public, max-age=30, s-maxage=60/);
  });

  it("with a hash of something else are refused as a fault of the caller's", async () => {
    for (const options of [
      { withText: true, sha256Hash: "0".repeat(64) },
      { withText: true, version: 2 },
    ]) {
      const answer = await post(api, persisted(QUERY, options));
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
      ]);
    }
  });

  it("that cost too much are refused by their hash as by their text", async () => {
    const dear = "{ papers(first: 100) { nodes { authors { papers(first: 100) { nodes { id } } } } } }";
    expect((await post(api, persisted(dear, { withText: true }))).text).toContain("QUERY_TOO_COMPLEX");
    expect((await post(api, persisted(dear))).text).toContain("QUERY_TOO_COMPLEX");
  });
});

describe("a document id", () => {
  it("stands in place of the text, by POST and by GET", async () => {
    await post(api, persisted(QUERY, { withText: true }));
    const documentId = `sha256:${hashOf(QUERY)}`;
    expect((await post(api, { documentId })).body).toEqual(FOUND);
    const byGet = await get(api, { documentId, operationName: "First" });
    expect(byGet.body).toEqual(FOUND);
    expect(byGet.headers["cache-control"]).toMatch(/^public/);
    const unknown = `sha256:${"0".repeat(64)}`;
    expect((await post(api, { documentId: unknown })).text).toContain("PERSISTED_QUERY_NOT_FOUND");
    for (const odd of [1, null, ["x"]]) expect((await post(api, { documentId: odd })).status).toBe(400);
    expect((await get(api, { documentId, extensions: "{" })).status).toBe(400);
  });
});

describe("answers by GET", () => {
  it("may stand in a shared cache, and need not be sent twice", async () => {
    const first = await get(api, { query: QUERY });
    expect(first.headers["cache-control"]).toMatch(/^public, max-age=30, s-maxage=60/);
    expect(String(first.headers.vary)).toMatch(/Authorization/);
    expect(String(first.headers.vary)).toMatch(/Accept/);
    const again = await get(api, { query: QUERY }).set("if-none-match", String(first.headers.etag));
    expect([again.status, again.text]).toEqual([304, ""]);
  });

  it.each([
    ["of a viewer", QUERY, true],
    ["that speak of the viewer", "{ papers { nodes { viewerHasUpvoted } } }", false],
    ["that speak of the viewer in a fragment", "{ ...F } fragment F on Query { viewer { username } }", false],
    ["of the rate limit", "{ rateLimit { remaining } }", false],
    ["with errors beside data", '{ papers { totalCount } tag(id: "\\u0000") { id } }', false],
    ["without any value", "{ papers(first: 101) { totalCount } }", false],
    ["to what is no document", "{", false],
  ])("%s stand in none", async (_name, query, signedIn) => {
    const asked = get(api, { query });
    const { headers } = await (signedIn ? asked.set("authorization", `Bearer ${token}`) : asked);
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers).not.toHaveProperty("etag");
  });

  it("are made of no mutation", async () => {
    const { status } = await get(api, {
      query: 'mutation { addUpvote(input: {paperId: "p1"}) { changed } }',
    });
    expect(status).toBe(405);
  });

  it("by POST stand in none", async () => {
    expect((await post(api, { query: QUERY })).headers["cache-control"]).toBe("no-store");
  });
});

describe("trusted documents", () => {
  async function manifest(content: unknown): Promise<string> {
    const file = join(folder, `${hashOf(JSON.stringify(content))}.json`);
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  }
  const operation = { id: hashOf(QUERY), name: "First", type: "query", body: QUERY };

  it.each([
    ["Apollo's format", { format: "apollo-persisted-query-manifest", version: 1, operations: [operation] }],
    ["an object", { [hashOf(QUERY)]: QUERY }],
    ["graphql-codegen with the algorithm's name", { [`sha256:${hashOf(QUERY)}`]: QUERY }],
  ])("of %s are all that runs", async (_name, content) => {
    const strict = await testApi({ trustedDocuments: await manifest(content) });
    await buildPaper(strict.db, { externalId: "p1", title: "A paper" });
    expect((await post(strict, persisted(QUERY))).body).toEqual(FOUND);
    expect((await get(strict, { extensions: JSON.stringify(persisted(QUERY).extensions) })).body).toEqual(
      FOUND,
    );
    expect((await post(strict, { query: QUERY })).body).toEqual(FOUND);
    const other = "{ papers { totalCount } }";
    for (const refused of [
      await post(strict, { query: other }),
      await post(strict, persisted(other, { withText: true })),
      await post(strict, { query: "{ not even a document" }),
      await get(strict, { query: other }),
    ]) {
      expect(refused.status).toBe(403);
      expect(refused.body).toMatchObject({ errors: [{ extensions: { code: "DOCUMENT_NOT_TRUSTED" } }] });
    }
    expect((await post(strict, persisted(other))).text).toContain("PERSISTED_QUERY_NOT_FOUND");
    await strict.close();
  });

  it.each([
    ["graphql-codegen", createHash("sha1").update(QUERY).digest("hex")],
    ["Relay", createHash("md5").update(QUERY).digest("hex")],
    ["somebody's own", "First/1"],
  ])("are found by the ids of %s", async (_name, id) => {
    const strict = await testApi({ trustedDocuments: await manifest({ [id]: QUERY }) });
    await buildPaper(strict.db, { externalId: "p1", title: "A paper" });
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: id } });
    for (const answer of [
      await post(strict, { documentId: id }),
      await post(strict, { documentId: id, variables: {}, extensions: { other: 1 } }),
      await post(strict, persisted(QUERY, { sha256Hash: id })),
      await get(strict, { documentId: id }),
      await get(strict, { extensions }),
      await post(strict, { query: QUERY }),
    ])
      expect(answer.body).toEqual(FOUND);
    for (const answer of [
      await post(strict, { documentId: "other" }),
      await get(strict, { documentId: "other" }),
    ])
      expect(answer.text).toContain("PERSISTED_QUERY_NOT_FOUND");
    const untrusted = await post(strict, { documentId: id, query: "{ __typename }" });
    expect(untrusted.text).toContain("DOCUMENT_NOT_TRUSTED");
    await strict.close();
  });

  it.each([
    ["no JSON", "{"],
    ["a list", []],
    ["null", "null"],
    ["nothing in it", {}],
    ["an empty id", { "": QUERY }],
    ["a text that is none", { [hashOf(QUERY)]: 1 }],
  ])("in a file with %s stop the start", async (_name, content) => {
    const file = await manifest(content);
    expect(() => readTrustedDocuments(file)).toThrow(/^TRUSTED_DOCUMENTS: [^\n]+$/);
  });

  it("in no file stop the start", () => {
    expect(() => readTrustedDocuments(join(folder, "nowhere.json"))).toThrow(/^TRUSTED_DOCUMENTS: .*ENOENT/);
  });
});
