import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { EXAMPLES } from "../../src/api/graphql/ide/graphql-ide.examples.js";
import { readRateLimits } from "../../src/config/rate-limits.config.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";

/** From its second time on a document takes the fast path: the later answers must be the first ones. */
const TIMES = 8;

let api: Api;
let token: string;
let id: string;
beforeAll(async () => {
  api = await testApi({ rateLimits: readRateLimits({ RATE_LIMIT_BY_TIME: "off" }) });
  const user = await buildUser(api.db, { username: "reader" });
  ({ secret: token } = await createStores(api.db, columnsOf(api.source)).tokens.create(
    user.key,
    "test",
    null,
  ));
  for (let n = 0; n < 5; n++)
    ({ externalId: id } = await buildPaper(api.db, {
      title: `Quantization ${n}`,
      abstract: "By nvidia.",
      tags: ["Large language models", `tag ${n}`],
      organisations: ["nvidia"],
      authors: ["Ann", "Bob"],
      submittedBy: user.key,
      submittedAt: `2026-01-0${n + 1}T00:00:00Z`,
    }));
});
afterAll(() => api.close());

interface Told {
  status: number;
  body: string;
  type: unknown;
  cost: number;
}

let left = Infinity;

async function ask(payload: object, headers: Record<string, string> = {}): Promise<Told> {
  const answer = await request(api.app.server).post("/graphql").set(headers).send(payload);
  const remaining = Number(/r=(\d+)/.exec(String(answer.headers.ratelimit))?.[1]);
  const cost = left - remaining;
  left = remaining;
  return { status: answer.status, body: answer.text, type: answer.headers["content-type"], cost };
}

async function sameEachTime(payload: object, headers: Record<string, string> = {}): Promise<Told> {
  // What an address has left is known from the second answer on.
  await ask(payload, headers);
  const first = await ask(payload, headers);
  for (let time = 2; time < TIMES; time++) expect(await ask(payload, headers)).toEqual(first);
  return first;
}

const FRAGMENTS = `
  query ($ids: [ID!]!, $with: Boolean!) { nodes(ids: $ids) { __typename id ... on Paper { ...P } ... on Tag { name } } }
  fragment P on Paper { t: title abstract @include(if: $with) tags { id name } authors { name position } }`;

describe("an answer is the same however often it was given:", () => {
  it.each(EXAMPLES.filter(({ query }) => !query.includes("mutation")))("$name", async ({ query }) => {
    const { status, body } = await sameEachTime({ query });
    expect(status).toBe(200);
    expect(body).toMatch(/^\{"data":.*\}\n$/);
  });

  it.each([true, false])("with variables, fragments and directives", async (withAbstract) => {
    const { papers } = await api.data<{ papers: { nodes: { id: string }[] } }>("{ papers { nodes { id } } }");
    const ids = [...papers.nodes.map((node) => node.id), "nothing"];
    const { body } = await sameEachTime({ query: FRAGMENTS, variables: { ids, with: withAbstract } });
    expect(body.includes("By nvidia.")).toBe(withAbstract);
  });

  it.each(["A", "B"])("of several operations that of the name %s", async (operationName) => {
    const query = `query A { papers(first: 1) { nodes { title } } } query B { tags(first: 1) { nodes { name } } }`;
    const { body } = await sameEachTime({ query, operationName });
    expect(body.includes("title")).toBe(operationName === "A");
  });

  it.each([
    ["application/graphql-response+json", "application/graphql-response+json; charset=utf-8"],
    ["application/json", "application/json; charset=utf-8"],
    ["text/html, */*;q=0.1", "application/json; charset=utf-8"],
  ])("for those who accept %s", async (accept, type) => {
    const told = await sameEachTime({ query: "{ papers(first: 1) { totalCount } }" }, { accept });
    expect(told.type).toBe(type);
  });

  it("for a viewer, and for nobody with a token that is none", async () => {
    const query = "{ viewer { username } papers(first: 1) { nodes { viewerHasUpvoted } } }";
    left = Infinity;
    const { body } = await sameEachTime({ query }, { authorization: `Bearer ${token}` });
    expect(body).toContain("reader");
    expect((await ask({ query }, { authorization: "Bearer papergraph_nobody" })).status).toBe(401);
    left = Infinity;
    expect((await sameEachTime({ query })).body).toContain('"viewer":null');
  });

  it("when something fails in it, which is told as before and charged once", async () => {
    const query =
      "query ($id: ID!, $first: Int) { papers(first: $first) { nodes { title } } paper(id: $id) { title } }";
    const good = await sameEachTime({ query, variables: { id, first: 2 } });
    for (const [variables, told] of [
      [{ id, first: 1_000 }, "first"],
      [{ first: 2 }, "BAD_USER_INPUT"],
      [{ id: "\0", first: 2 }, "BAD_USER_INPUT"],
      [{ id, first: "two" }, "BAD_USER_INPUT"],
    ] as const)
      expect((await sameEachTime({ query, variables })).body).toContain(told);
    expect(await sameEachTime({ query, variables: { id, first: 2 } })).toEqual(good);
  });

  it("and what fails in it is not asked of the database again", async () => {
    const query = "query ($id: ID!) { papers(first: 2) { nodes { title } } paper(id: $id) { title } }";
    const statements = () => statementsOf(() => ask({ query, variables: { id: "\0" } }));
    const first = await statements();
    expect(first).toEqual(["papers.pages"]);
    for (let time = 1; time < TIMES; time++) expect(await statements()).toEqual(first);
  });

  it("and every mutation is made", async () => {
    const query = "mutation ($id: ID!) { addUpvote(input: { paperId: $id }) { changed } }";
    for (let time = 0; time < TIMES; time++) {
      const { body } = await ask({ query, variables: { id } }, { authorization: `Bearer ${token}` });
      expect(body).toBe(`{"data":{"addUpvote":{"changed":${time === 0}}}}\n`);
    }
  });
});
