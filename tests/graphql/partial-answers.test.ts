import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
let token: string;
beforeAll(async () => {
  api = await testApi();
  await buildPaper(api.db, { externalId: "p1", title: "A paper" });
  const user = await buildUser(api.db, { username: "reader" });
  ({ secret: token } = await createStores(api.db, columnsOf(api.source)).tokens.create(user.key, "t", null));
});
afterAll(() => api.close());

describe("an answer of which a part fails", () => {
  it("tells which of two mutations was carried out", async () => {
    const answer = await api.ask(
      `mutation {
        done: addUpvote(input: { paperId: "p1" }) { changed paper { upvoteCount } }
        failed: addUpvote(input: { paperId: "nowhere" }) { changed }
      }`,
      {},
      token,
    );
    expect(answer).toMatchObject({
      data: { done: { changed: true, paper: { upvoteCount: 1 } }, failed: null },
      errors: [{ path: ["failed"], extensions: { code: "NOT_FOUND" } }],
    });
  });

  it.each([
    [
      "a root field",
      `{ papers(first: 1) { totalCount } other: tags(first: 1000) { totalCount } }`,
      ["other"],
    ],
    [
      "a time series",
      `{ papers(first: 1) { totalCount timeSeries(interval: DAY, timeZone: "Mars/Base") { key } } }`,
      ["papers", "timeSeries"],
    ],
    [
      "related papers",
      `{ papers(first: 1) { totalCount nodes { related(first: 1000) { id } } } }`,
      ["papers", "nodes", 0, "related"],
    ],
    [
      "comments",
      `{ papers(first: 1) { totalCount nodes { comments(first: 1000) { totalCount } } } }`,
      ["papers", "nodes", 0, "comments"],
    ],
  ])("keeps the rest beside %s", async (_name, query, path) => {
    const answer = await api.ask(query);
    expect(answer).toMatchObject({ data: { papers: { totalCount: 1 } }, errors: [{ path }] });
    expect(answer.errors).toHaveLength(1);
  });
});
