import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;
let token: string;
beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  const users = await Promise.all(Array.from({ length: 9 }, () => buildUser(api.db)));
  const tokens = createStores(api.db, columnsOf(api.source)).tokens;
  ({ secret: token } = await tokens.create(users[0]!.key, "test", null));
  for (let n = 0; n < 100; n++) {
    await buildPaper(api.db, {
      title: `Graph learning ${n}`,
      abstract: `Graphs of kind ${n}.`,
      tags: [`tag ${n % 7}`, "all"],
      organisations: [`org ${n % 11}`],
      authors: [`Author ${n}`, { name: `Claimed ${n}`, user: users[(n * 5) % 9]!.key }],
      submittedBy: users[n % 9]!.key,
      submittedAt: "2026-01-01T00:00:00Z",
    });
  }
});
afterAll(() => api.close());

const RECORDS = ["papers.claims", "papers.pages", "rest.paperSources", "users.byKeys"];

describe("statements are as many for one paper as for a hundred", () => {
  it.each([
    ["/api/daily_papers?", RECORDS],
    ["/api/daily_papers?date=2026-01-01&", RECORDS],
    ["/api/papers?", RECORDS],
    ["/api/papers/search?q=graph&", ["papers.counts", ...RECORDS]],
    ["/api/tags/all/papers?", ["papers.counts", ...RECORDS, "tags.find"]],
  ])("%s", async (path, labels) => {
    // What the server learns once, such as lexemes of words and names of tags, is no part of it.
    await ask("get", `${path}limit=100`);
    for (const limit of [1, 100]) {
      const made = await statementsOf(() => ask("get", `${path}limit=${limit}`));
      expect(made.filter((label) => !label.startsWith("search.")).sort()).toEqual([...labels].sort());
    }
  });

  it("with one more for the token and one for the viewer's upvotes", async () => {
    // A token's use is noted once a minute.
    await ask("get", "/api/papers/search?limit=1", { token });
    const made = await statementsOf(() => ask("get", "/api/papers/search?limit=100", { token }));
    expect(made.sort()).toEqual(
      ["papers.counts", ...RECORDS, "tokens.authenticate", "upvotes.viewerHasUpvoted"].sort(),
    );
  });

  it("for a paper with its comments", async () => {
    const id = (await buildPaper(api.db, { authors: ["A"], submittedBy: null })).externalId;
    for (let n = 0; n < 5; n++)
      await ask("post", `/api/papers/${id}/comment`, { token, body: { comment: `Comment ${n}` } });
    const made = await statementsOf(() => ask("get", `/api/papers/${id}?field=comments`));
    expect(made.sort()).toEqual(
      [
        "comments.thread",
        "papers.byExternalIds",
        "links.read",
        "papers.claims",
        "rest.paperSources",
        "users.byKeys",
      ].sort(),
    );
  });
});
