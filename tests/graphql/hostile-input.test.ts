import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
let token: string;
beforeAll(async () => {
  api = await testApi();
  const user = await buildUser(api.db, { username: "reader" });
  ({ secret: token } = await createStores(api.db, columnsOf(api.source)).tokens.create(
    user.key,
    "test",
    null,
  ));
  await buildPaper(api.db, {
    externalId: "2401.00001",
    title: "Graph learning",
    tags: ["graphs"],
    organisations: ["acme"],
  });
});
afterAll(() => api.close());

const TEXTS = [
  "", " ", "\0", "a\0b", "\ud800", "a\udfffb", "'", "''", '"', '"""', "\\", "\\'", "%", "_", "%%%", ";--", "' OR 1=1 --", "$1", "{}", "[]", "null",
  "undefined", "NaN", "-1", "0", "1e309", "-".repeat(33), "- ".repeat(100), "!".repeat(200), "(".repeat(200), "()".repeat(100), "a|b&c!d", "a:*", ":*", "a:ABCD",
  "<->", "a <-> b", "<2>", '"a <-> b"', "*", "**", "a*", "*a", "OR", "OR OR OR", "a OR", "NOT", "AND", "title:", "title:title:", "year:", "year:..", "year:9999999..1",
  "year:-1", "author:\"", "tag:'", "org:%", "org:\\", "\u202e\u200b\ufeff", "é", "e\u0301", "ﬁ", "İ", "ß", "ǅ", "𝔾𝕣𝕒𝕡𝕙", "深度学习", "👩‍👩‍👧‍👦", "\u0301".repeat(50), "\r\n\t", "x".repeat(300), "x ".repeat(128),
  "../../etc/passwd", "http://example.org/?a=b&c=d", "a@b.c", "1.2.3.4", "infinity", "-infinity", "now", "epoch", "2026-02-30", "99999-01-01", "UGFwZXI6", "UGFwZXI6AA",
  Buffer.from("Comment:99999999999").toString("base64url"), Buffer.from("Comment:-1").toString("base64url"), Buffer.from("Tag:\0").toString("base64url"), Buffer.from("Nothing:1").toString("base64url"),
]; // prettier-ignore

/** Every text argument there is. `$text` is the hostile one. */
const QUESTIONS = [
  "query ($text: String!) { papers(search: $text) { totalCount edges { score highlights { field } } searchInfo { interpretedAs didYouMean warnings } } }",
  "query ($text: String!) { papers(search: $text, orderBy: [{field: TITLE}]) { nodes { title } } }",
  "query ($text: String!) { papers(after: $text) { totalCount } }",
  "query ($text: String!) { papers(last: 3, before: $text) { totalCount } }",
  "query ($text: String!) { papers(filter: {tags: {anyOf: [$text], noneOf: [$text]}, authors: {allOf: [$text]}, organisations: {anyOf: [$text]}}) { totalCount } }",
  "query ($text: String!) { papers(filter: {submittedBy: $text, venue: $text}) { totalCount } }",
  "query ($text: ID!) { papers(filter: {ids: [$text]}) { totalCount } }",
  "query ($text: DateTime!) { papers(filter: {publishedAt: {gte: $text, lt: $text}}) { totalCount } }",
  "query ($text: Date!) { dailyPapers(date: $text) { papers { totalCount } } }",
  "query ($text: String!) { dailyPapers(week: $text) { papers { totalCount } } }",
  "query ($text: String!) { dailyPapers(month: $text) { papers { totalCount } } }",
  "query ($text: String!) { dailyPapers(submitter: $text) { papers { totalCount } } }",
  "query ($text: ID!) { node(id: $text) { id } nodes(ids: [$text, $text]) { id } }",
  "query ($text: ID!) { paper(id: $text) { title } organisation(id: $text) { name } tag(id: $text) { name } }",
  "query ($text: String!) { organisations(search: $text) { totalCount edges { score } } tags(search: $text, orderBy: [{field: RELEVANCE}]) { totalCount nodes { name } } }",
  "query ($text: ID!) { organisations(filter: {ids: [$text]}) { totalCount } tags(filter: {ids: [$text]}) { totalCount } }",
  "query ($text: String!) { tags(after: $text) { nodes { name } } }",
  "query ($text: String!) { autocomplete(prefix: $text) { label } }",
  "mutation ($text: ID!) { addUpvote(input: {paperId: $text}) { changed } }",
  "mutation ($text: ID!) { removeUpvote(input: {paperId: $text}) { changed } }",
  'mutation ($text: String!) { addComment(input: {paperId: "2401.00001", body: $text}) { comment { body } } }',
  'mutation ($text: ID!) { addComment(input: {paperId: "2401.00001", body: "x", parentId: $text}) { comment { body } } }',
  "mutation ($text: ID!) { deleteComment(input: {commentId: $text}) { comment { body } } }",
  "mutation ($text: ID!) { submitPaper(input: {paperId: $text}) { paper { title } } }",
  "mutation ($text: String!) { createAccessToken(input: {name: $text}) { token { name } } }",
  'mutation ($text: DateTime!) { createAccessToken(input: {name: "x", expiresAt: $text}) { token { name } } }',
  "mutation ($text: ID!) { revokeAccessToken(input: {tokenId: $text}) { tokenId } }",
];

const CALLERS = new Set([
  "BAD_USER_INPUT",
  "BAD_CURSOR",
  "NOT_FOUND",
  "CONFLICT",
  "FORBIDDEN",
  "UNAUTHENTICATED",
  "GRAPHQL_VALIDATION_FAILED",
]);

describe("hostile texts", () => {
  it.each(QUESTIONS)("never break %s", async (question) => {
    for (const text of TEXTS) {
      const { data, errors } = await api.ask(question, { text }, token);
      for (const error of errors ?? []) {
        expect(CALLERS, `${JSON.stringify(text)}: ${JSON.stringify(error)}`).toContain(error.extensions.code);
        expect(error.message).not.toMatch(/select|postgres|syntax error at|\.ts|\/src\//i);
      }
      if (!errors) expect(data, JSON.stringify(text)).toBeTruthy();
    }
  });

  it("in search are never an error, except for a NUL", async () => {
    for (const text of [...TEXTS, "graph ".repeat(2_000), "-".repeat(30_000), '"'.repeat(30_000)]) {
      const { errors } = await api.ask("query ($text: String) { papers(search: $text) { totalCount } }", {
        text,
      });
      const refused = text.includes("\0") ? { code: "BAD_USER_INPUT", argument: "search" } : undefined;
      expect(errors?.[0]?.extensions, JSON.stringify(text.slice(0, 50))).toEqual(refused);
    }
  });

  it("in search are cut when they are too long, and a warning says so", async () => {
    const { papers } = await api.data<{ papers: { totalCount: number; searchInfo: { warnings: string[] } } }>(
      "query ($text: String) { papers(search: $text) { totalCount searchInfo { warnings } } }",
      { text: `graph ${" ".repeat(4_000)} nothing-of-that-name` },
    );
    expect(papers).toMatchObject({
      totalCount: 1,
      searchInfo: { warnings: ["Only the first 4000 characters were read."] },
    });
  });

  it("are refused by the argument's name where PostgreSQL could not hold them", async () => {
    for (const text of ["a\0b", "a\udfffb"]) {
      const { errors } = await api.ask(
        "query ($text: String!) { papers(filter: {venue: $text}) { totalCount } }",
        { text },
      );
      expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "filter.venue" });
    }
  });
});

describe("bad arguments", () => {
  it.each([
    ["{ papers(first: 101) { totalCount } }", "first"],
    ["{ papers(first: -1) { totalCount } }", "first"],
    ["{ papers(last: 101) { totalCount } }", "last"],
    ["{ papers(first: 1, last: 1) { totalCount } }", "last"],
    ["{ papers(orderBy: [{field: RELEVANCE}]) { totalCount } }", "orderBy[0].field"],
    ["{ papers(orderBy: [{field: TITLE}, {field: TITLE}]) { totalCount } }", "orderBy[1].field"],
    ["{ papers { nodes { related(first: 51) { title } } } }", "first"],
    ["{ tags(first: 101) { totalCount } }", "first"],
    ["{ organisations(orderBy: [{field: RELEVANCE}]) { totalCount } }", "orderBy[0].field"],
    ['{ autocomplete(prefix: "a", first: 0) { label } }', "first"],
    [
      '{ papers(filter: {upvotes: {gte: 5}, publishedAt: {gte: "yesterday"}}) { totalCount } }',
      "filter.publishedAt.gte",
    ],
  ])("%s names the argument and what is allowed", async (query, argument) => {
    const { errors } = await api.ask(query);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument });
    expect(errors?.[0]?.message).toMatch(/takes|goes without/);
  });

  it("in nodes may be a hundred ids and not one more", async () => {
    const ask = (count: number) =>
      api.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: Array<string>(count).fill("x") });
    expect((await ask(100)).errors).toBeUndefined();
    expect((await ask(101)).errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "ids" });
  });
});
