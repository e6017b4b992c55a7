import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { globalId } from "../../src/shared/node.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
let token: string;
beforeAll(async () => {
  api = await testApi();
  await buildPaper(api.db, { externalId: "p1" });
  const user = await buildUser(api.db, { username: "reader" });
  ({ secret: token } = await createStores(api.db, columnsOf(api.source)).tokens.create(user.key, "t", null));
});
afterAll(() => api.close());

describe("an error names its argument", () => {
  it.each([
    ["Int", { first: "x" }, "first"],
    ["Int", { first: 1.5 }, "first"],
    ["PaperFilter", { filter: { year: { gte: "x" } } }, "filter.year.gte"],
    ["PaperFilter", { filter: { year: { gte: ' at "other.path"; ' } } }, "filter.year.gte"],
    ["PaperFilter", { filter: { and: [{}, { publishedAt: { gte: 5 } }] } }, "filter.and[1].publishedAt.gte"],
    ["PaperFilter", { filter: { unknown: 1 } }, "filter"],
    ["[PaperOrder!]", { orderBy: [{ field: "NOTHING" }] }, "orderBy[0].field"],
    ["[PaperOrder!]", { orderBy: [{}] }, "orderBy[0]"],
    ["[PaperOrder!]!", {}, "orderBy"],
  ])("of a variable of %s: %j", async (type, variables, argument) => {
    const [name = "orderBy"] = Object.keys(variables);
    const { errors } = await api.ask(
      `query With${argument.replace(/\W+/g, "_")} ($${name}: ${type}) { papers(${name}: $${name}) { totalCount } }`,
      variables,
    );
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument });
  });

  it("of a date that is no text", async () => {
    const byVariable = await api.ask("query ($day: Date) { dailyPapers(date: $day) { period { key } } }", {
      day: 5,
    });
    expect(byVariable.errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "day" });
    const written = await api.ask("{ dailyPapers(date: 5) { period { key } } }");
    expect(written.errors?.[0]).toMatchObject({
      message: "Date takes a text, found 5.",
      locations: [{ line: 1, column: 21 }],
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    });
  });

  it.each([
    ["addUpvote", 'paperId: "nowhere"', "changed", "paperId"],
    ["removeUpvote", 'paperId: "nowhere"', "changed", "paperId"],
    ["addComment", 'paperId: "nowhere", body: "x"', "clientMutationId", "paperId"],
    ["submitPaper", 'paperId: "nowhere"', "clientMutationId", "paperId"],
    ["deleteComment", `commentId: "${globalId("Comment", 77)}"`, "clientMutationId", "commentId"],
    ["revokeAccessToken", `tokenId: "${globalId("AccessToken", 77)}"`, "clientMutationId", "tokenId"],
  ])("of what %s does not find", async (mutation, input, field, argument) => {
    const { errors } = await api.ask(`mutation { ${mutation}(input: { ${input} }) { ${field} } }`, {}, token);
    expect(errors?.[0]?.extensions).toEqual({ code: "NOT_FOUND", argument: `input.${argument}` });
  });
});
