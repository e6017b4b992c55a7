import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { readGraphqlLimits } from "../../src/config/graphql.config.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";

let api: Api;
let token: string;
beforeAll(async () => {
  api = await testApi({ graphqlLimits: readGraphqlLimits({ GRAPHQL_MAX_COST: "100000" }) });
  const user = await buildUser(api.db, { username: "reader" });
  ({ secret: token } = await createStores(api.db, columnsOf(api.source)).tokens.create(
    user.key,
    "test",
    null,
  ));
  for (let n = 0; n < 100; n++) {
    await buildPaper(api.db, {
      title: `Graph learning ${n}`,
      tags: [`tag ${n % 7}`, `tag ${n}`],
      organisations: [`org ${n % 11}`],
      authors: [`Author ${n}`, { name: "Everybody", user: user.key }],
      submittedBy: user.key,
      submittedAt: "2026-01-01T00:00:00Z",
    });
  }
});
afterAll(() => api.close());

/** The same labels for one paper and for a hundred: nothing is asked row by row. */
async function sameFor1And100(fields: string): Promise<string[]> {
  const ask = (first: number) => api.data(`{ papers(first: ${first}) { ${fields} } }`, {}, token);
  // What the server learns once, such as lexemes of words and names of tags, is no part of it.
  await ask(100);
  const one = await statementsOf(() => ask(1));
  const hundred = await statementsOf(() => ask(100));
  expect(hundred.sort()).toEqual(one.sort());
  return hundred;
}

describe("statements", () => {
  it("are at most four for papers with all that belongs to them, the access token included", async () => {
    const labels = await sameFor1And100(
      "nodes { organisations { name } tags { name } authors { name } viewerHasUpvoted commentCount }",
    );
    expect(labels).toEqual(["papers.pages", "tokens.authenticate", "upvotes.viewerHasUpvoted"]);
  });

  it("do not grow with nested lists of papers", async () => {
    await sameFor1And100(
      "nodes { tags { papers(first: 2) { totalCount nodes { title organisations { name } } } related(first: 2) { name } } }",
    );
    await sameFor1And100(
      'nodes { organisations { papers(search: "graph", filter: { tags: { anyOf: ["tag-1"] } }, first: 2) { nodes { title } } } }',
    );
    await sameFor1And100(
      "nodes { authors { user { username } papers(last: 1) { totalCount nodes { title } } } }",
    );
    await sameFor1And100(
      "nodes { submittedBy { username submittedPapers(first: 1) { nodes { title } } } related(first: 2) { title } }",
    );
  });

  it("do not grow with nested comments", async () => {
    await sameFor1And100(
      "nodes { comments(first: 2) { totalCount nodes { body author { username } replies(first: 2) { nodes { body } } } } }",
    );
  });

  it("count only when totalCount is selected", async () => {
    const labels = await statementsOf(() => api.data("{ papers(first: 5) { totalCount } }"));
    expect(labels).toEqual(["papers.counts"]);
    expect(
      await statementsOf(() =>
        api.data("{ papers(first: 5) { pageInfo { hasNextPage } edges { cursor } nodes { title } } }"),
      ),
    ).toEqual(["papers.pages"]);
  });

  it("are one for each type among the ids of nodes", async () => {
    const { papers } = await api.data<{ papers: { nodes: { id: string }[] } }>(
      "{ papers(first: 20) { nodes { id } } }",
    );
    const labels = await statementsOf(() =>
      api.data("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {
        ids: papers.nodes.map((node) => node.id),
      }),
    );
    expect(labels).toEqual(["papers.byExternalIds"]);
  });
});
