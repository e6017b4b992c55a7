import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStores, type Stores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser, type BuiltPaper } from "../support/build.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;
let stores: Stores;
let paper: BuiltPaper;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  stores = createStores(api.db, columnsOf(api.source));
  for (const username of ["ann", "bob"]) {
    const user = await buildUser(api.db, { username, fullName: username.toUpperCase(), avatarUrl: "/a.svg" });
    tokens[username] = (await stores.tokens.create(user.key, "test", null)).secret;
  }
});
afterAll(() => api.close());
beforeEach(async () => {
  paper = await buildPaper(api.db, { upvotes: 3 });
});

interface WrittenComment {
  id: string;
  data: { latest: { raw: string; html: string }; parentCommentId?: string; hidden: boolean };
  author?: { user: string };
}

async function comment(text: string, path = "comment", token = tokens.ann): Promise<WrittenComment> {
  const response = await ask("post", `/api/papers/${paper.externalId}/${path}`, {
    token,
    body: { comment: text },
  });
  expect(response.status).toBe(201);
  return (response.body as { newMessage: WrittenComment }).newMessage;
}

describe("an upvote", () => {
  it("is given with PUT and taken away with DELETE, each as often as one likes", async () => {
    const change = async (method: "put" | "delete", token = tokens.ann) =>
      (await ask(method, `/api/papers/${paper.externalId}v2/upvote`, { token })).body as unknown;
    const id = paper.externalId;
    expect(await change("put")).toEqual({ id, upvotes: 4, upvoted: true, changed: true });
    expect(await change("put")).toEqual({ id, upvotes: 4, upvoted: true, changed: false });
    expect(await change("put", tokens.bob)).toEqual({ id, upvotes: 5, upvoted: true, changed: true });
    expect(await change("delete")).toEqual({ id, upvotes: 4, upvoted: false, changed: true });
    expect(await change("delete")).toEqual({ id, upvotes: 4, upvoted: false, changed: false });
  });

  it("shows in the viewer's searches, and nobody else's", async () => {
    await ask("put", `/api/papers/${paper.externalId}/upvote`, { token: tokens.bob });
    const upvoted = async (token?: string) =>
      (
        (await ask("get", `/api/papers/search?q=${paper.externalId}`, { token })).body as {
          upvoted: boolean;
        }[]
      )[0]?.upvoted;
    expect(await upvoted(tokens.bob)).toBe(true);
    expect(await upvoted(tokens.ann)).toBe(false);
    expect(await upvoted()).toBe(false);
  });

  it("needs a known paper and a token", async () => {
    expect((await ask("put", "/api/papers/2501.99999/upvote", { token: tokens.ann })).status).toBe(404);
    expect((await ask("put", `/api/papers/${paper.externalId}/upvote`)).status).toBe(401);
  });
});

describe("a comment", () => {
  it("is written in Markdown, and replied to", async () => {
    const written = await comment("Is it *open*? <script>alert(1)</script> [x](javascript:alert)");
    expect(written).toMatchObject({
      type: "comment",
      author: { user: "ann", name: "ann", fullname: "ANN" },
      data: {
        edited: false,
        hidden: false,
        latest: { raw: "Is it *open*? <script>alert(1)</script> [x](javascript:alert)" },
        numEdits: 0,
        editors: ["ann"],
        editorAvatarUrls: ["/a.svg"],
        reactions: [],
      },
    });
    expect(written.data.latest.html).toContain("<em>open</em>");
    expect(written.data.latest.html).not.toMatch(/<script|<a /);
    const reply = await comment("Yes.", `comment/${written.id}/reply`, tokens.bob);
    expect(reply).toMatchObject({ author: { user: "bob" }, data: { parentCommentId: written.id } });
    const deeper = await comment("Fine.", `comment/${reply.id}/reply`);
    const { comments, numComments } = (await ask("get", `/api/papers/${paper.externalId}?field=comments`))
      .body as {
      comments: WrittenComment[];
      numComments: number;
    };
    expect(comments).toEqual([written, reply, deeper]);
    expect(numComments).toBe(3);
    expect(
      (await ask("get", `/api/papers/${paper.externalId}?field=submissionDeadline&field=comments`)).body,
    ).toHaveProperty("comments");
  });

  it("is in a page of a hundred, and `Link` leads to the next one", async () => {
    const { key } = (await stores.users.find("ann", "user"))!;
    for (let index = 0; index < 102; index++)
      await stores.comments.add(key, { paperKey: paper.key, parentKey: null, body: `Comment ${index}` });
    const first = await ask("get", `/api/papers/${paper.externalId}?field=comments`);
    const next = /^<http:\/\/[^/]+(\/[^>]+)>; rel="next"$/.exec(first.headers.link as string)![1]!;
    const second = await ask("get", next);
    const written = [first, second].flatMap(({ body }) => (body as { comments: WrittenComment[] }).comments);
    expect(written.map(({ data }) => data.latest.raw)).toEqual(
      Array.from({ length: 102 }, (_, index) => `Comment ${index}`),
    );
    expect(second.headers).not.toHaveProperty("link");
    const wrong = await ask("get", `/api/papers/${paper.externalId}?field=comments&cursor=x`);
    expect(wrong.body).toMatchObject({ error: expect.stringMatching(/^cursor: takes a cursor/) as string });
  });

  it("has neither text nor author once it was deleted, and keeps its place", async () => {
    const written = await comment("Oops.");
    const reply = await comment("Indeed.", `comment/${written.id}/reply`);
    await api.data(
      `mutation { deleteComment(input: { commentId: "${written.id}" }) { comment { id } } }`,
      {},
      tokens.ann,
    );
    const { comments } = (await ask("get", `/api/papers/${paper.externalId}?field=comments`)).body as {
      comments: WrittenComment[];
    };
    expect(comments).toMatchObject([
      { id: written.id, data: { hidden: true, latest: { raw: "" }, editors: [] } },
      reply,
    ]);
    expect(comments[0]).not.toHaveProperty("author");
  });

  it("by an author of the paper shows that an author takes part", async () => {
    const { key } = (await stores.users.find("ann", "user"))!;
    paper = await buildPaper(api.db, { authors: [{ name: "Ann", user: key }] });
    const takesPart = async () =>
      (
        (await ask("get", `/api/papers/search?q=${paper.externalId}`)).body as {
          isAuthorParticipating: boolean;
        }[]
      )[0]!.isAuthorParticipating;
    await comment("I ask.", "comment", tokens.bob);
    expect(await takesPart()).toBe(false);
    await comment("I answer.");
    expect(await takesPart()).toBe(true);
  });

  it("takes 1 to 10,000 characters and replies to what is there", async () => {
    const post = (path: string, text: string) =>
      ask("post", `/api/papers/${path}`, { token: tokens.ann, body: { comment: text } });
    expect((await post(`${paper.externalId}/comment`, "")).body).toEqual({
      error: "comment: takes a text of from 1 to 10000 characters.",
      code: "BAD_USER_INPUT",
    });
    expect((await post(`${paper.externalId}/comment`, "ä".repeat(10_001))).status).toBe(400);
    expect((await post(`${paper.externalId}/comment`, "ä".repeat(10_000))).status).toBe(201);
    expect((await post("2501.99999/comment", "x")).status).toBe(404);
    expect((await post(`${paper.externalId}/comment/abc/reply`, "x")).body).toMatchObject({
      error: expect.stringMatching(/^commentId: takes the id of a Comment/) as string,
    });
    const elsewhere = await comment("x");
    paper = await buildPaper(api.db);
    expect((await post(`${paper.externalId}/comment/${elsewhere.id}/reply`, "x")).body).toMatchObject({
      error: expect.stringMatching(/^commentId: takes a comment on the same paper/) as string,
    });
  });
});

describe("indexing a paper", () => {
  const index = (arxivId: string, token?: string) =>
    ask("post", "/api/papers/index", { token, body: { arxivId } });

  it("succeeds for a known one, and changes nothing", async () => {
    const response = await index(paper.externalId, tokens.ann);
    expect(response.status).toBe(200);
    expect(response.body).toEqual({});
  });

  it("is refused for others, for what is no arXiv id, and to nobody in particular", async () => {
    expect((await index("2501.99999", tokens.ann)).status).toBe(404);
    expect((await index("2501.00001v2", tokens.ann)).body).toMatchObject({
      error: "arxivId: takes an arXiv id without version, such as 2505.24864.",
    });
    expect((await index(paper.externalId)).status).toBe(401);
  });
});

describe("submitting a paper", () => {
  const submit = (body: object, token = tokens.ann) => ask("post", "/api/papers/submit", { token, body });

  it("puts it into today's Daily Papers, once, with a first comment", async () => {
    expect((await submit({ paper_id: paper.externalId, comment: "Mine." })).status).toBe(200);
    const today = new Date().toISOString().slice(0, 10);
    const items = (await ask("get", `/api/daily_papers?date=${today}&submitter=ann`)).body as {
      paper: { id: string };
      numComments: number;
    }[];
    expect(items).toMatchObject([
      { paper: { id: paper.externalId }, numComments: 1, submittedBy: { user: "ann" } },
    ]);
    const again = await submit({ paper_id: paper.externalId });
    expect(again.status).toBe(409);
    expect((again.body as { error: string }).error).toMatch(/^paper_id: this paper was submitted on /);
  });

  it("does nothing at all when the comment is refused", async () => {
    expect((await submit({ paper_id: paper.externalId, comment: " " })).status).toBe(400);
    expect((await submit({ paper_id: paper.externalId })).status).toBe(200);
  });
});
