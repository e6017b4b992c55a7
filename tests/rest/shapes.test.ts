import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importSources } from "../../src/import/import-papers.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { sourceOf } from "../support/import-items.js";
import { restClient } from "../support/rest.js";

const ada = { avatarUrl: "/avatars/1.svg", isPro: true, fullname: "Ada L.", user: "ada", type: "user" };
const flags = { isHf: false, isHfAdmin: false, isMod: true, followerCount: 3, isUserFollowing: false };
const eth = {
  _id: "647ef9ce45baf21ad707cc59",
  name: "ETH",
  fullname: "ETH Zürich",
  avatar: "https://cdn.example/eth.png",
};

/** An item with all that Hugging Face gives. */
const ITEM = {
  paper: {
    id: "2602.23220",
    authors: [
      {
        _id: "69aa20ecc4f6edddcc6c85cd",
        user: { _id: "65a103d5230f8846b1b99cfa", ...ada },
        name: "Ada Lovelace",
        status: "claimed_verified",
        statusLastChangedAt: "2026-03-06T08:00:00.000Z",
        hidden: false,
      },
      { _id: "69aa20ecc4f6edddcc6c85ce", name: "Ben Öther", hidden: true },
    ],
    mediaUrls: ["https://cdn.example/1.webp"],
    publishedAt: "2026-02-26T17:08:18.000Z",
    submittedOnDailyAt: "2026-03-06T03:55:12.777Z",
    title: "Large Multimodal Models",
    submittedOnDailyBy: { _id: "65a103d5230f8846b1b99cfa", ...ada },
    summary: "Which multimodal model is\nit?",
    upvotes: 10,
    discussionId: "69aa20edc4f6edddcc6c85d2",
    projectPage: "https://example.org/circle",
    githubRepo: "https://github.com/ada/circle",
    githubRepoAddedBy: "user",
    ai_summary: "They learn in context.",
    ai_keywords: ["Vision-Language Models", "in-context learning"],
    ai_summary_model: "Qwen/Qwen2.5",
    githubStars: 9,
    organization: eth,
  },
  publishedAt: "2026-02-26T17:08:18.000Z",
  title: "Large Multimodal Models",
  summary: "Which multimodal model is\nit?",
  mediaUrls: ["https://cdn.example/1.webp"],
  thumbnail: "https://cdn.example/2602.23220.png",
  numComments: 1,
  submittedBy: {
    _id: "65a103d5230f8846b1b99cfa",
    avatarUrl: "/avatars/1.svg",
    fullname: "Ada L.",
    name: "ada",
    type: "user",
    isPro: true,
    ...flags,
  },
  organization: eth,
  submitterOrganization: eth,
  isAuthorParticipating: true,
};

let api: Api;
let ask: ReturnType<typeof restClient>;
beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  await importSources(api.db, [sourceOf([ITEM])]);
  await buildPaper(api.db, { externalId: "cs/0112017", title: "An Old Paper", publishedAt: "2001-12-10" });
  await buildPaper(api.db, { externalId: "2503.02130", title: "Trailing zero" });
});
afterAll(() => api.close());

const body = async (path: string) => (await ask("get", path)).body as unknown;
const first = async (path: string) => ((await body(path)) as unknown[])[0];

describe("what came in as Hugging Face gives it", () => {
  it("goes out so, key by key", async () => {
    expect(await first("/api/daily_papers?date=2026-03-06")).toMatchObject(ITEM);
  });

  it("has beside the paper what the Python client looks for there", async () => {
    const { paper } = ITEM;
    expect(await first("/api/daily_papers")).toMatchObject({
      upvotes: 10,
      ai_summary: paper.ai_summary,
      ai_keywords: paper.ai_keywords,
      projectPage: paper.projectPage,
      githubRepo: paper.githubRepo,
      githubStars: 9,
      submittedBy: { user: "ada", name: "ada" },
    });
  });

  it("is there as a paper, without repositories", async () => {
    const paper = await body("/api/papers/2602.23220");
    expect(paper).toMatchObject(ITEM.paper);
    expect(paper).toMatchObject({
      linkedModels: [],
      linkedDatasets: [],
      linkedSpaces: [],
      numTotalModels: 0,
      numTotalDatasets: 0,
      numTotalSpaces: 0,
      numComments: 1,
    });
    expect(paper).not.toHaveProperty("comments");
  });

  it("is flat in the list of all papers", async () => {
    const { id, title, upvotes, publishedAt, authors, summary, organization } = ITEM.paper;
    expect(await first("/api/papers")).toMatchObject({
      id,
      title,
      upvotes,
      publishedAt,
      authors,
      summary,
      organization,
    });
    expect(await first("/api/papers")).toMatchObject({ thumbnailUrl: ITEM.thumbnail });
  });

  it("is found with what was looked for marked, the texts whole", async () => {
    const found = (await first("/api/papers/search?q=multimodal+model")) as {
      highlightedTitle: { text: string }[];
      highlightedSummary: { text: string }[];
    };
    expect(found).toMatchObject({
      title: ITEM.title,
      upvoted: false,
      highlightedTitle: [
        { type: "text", text: "Large " },
        { type: "highlight", text: "Multimodal" },
        { type: "text", text: " " },
        { type: "highlight", text: "Models" },
      ],
      highlightedSummary: [
        { type: "text", text: "Which " },
        { type: "highlight", text: "multimodal" },
        { type: "text", text: " " },
        { type: "highlight", text: "model" },
        { type: "text", text: " is\nit?" },
      ],
    });
  });

  it("has keys without a value nowhere", async () => {
    const text = JSON.stringify([
      await body("/api/daily_papers"),
      await body("/api/papers"),
      await body("/api/papers/search"),
      await body("/api/papers/2503.02130"),
    ]);
    expect(text).not.toContain("null");
    expect(await body("/api/papers/2503.02130")).toEqual({
      id: "2503.02130",
      authors: [],
      publishedAt: "2025-01-01T00:00:00.000Z",
      title: "Trailing zero",
      summary: "",
      upvotes: 0,
      numComments: 0,
      linkedModels: [],
      linkedDatasets: [],
      linkedSpaces: [],
      numTotalModels: 0,
      numTotalDatasets: 0,
      numTotalSpaces: 0,
    });
  });

  it("belongs to its organisation and its people", async () => {
    expect(await body("/api/organizations/eth/overview")).toEqual({
      _id: eth._id,
      name: "ETH",
      fullname: eth.fullname,
      avatarUrl: eth.avatar,
      type: "org",
      numPapers: 1,
    });
    expect(await body("/api/users/ADA/overview")).toMatchObject({
      user: "ada",
      fullname: "Ada L.",
      type: "user",
      isPro: true,
      numPapers: 1,
      numSubmitted: 1,
      numUpvotes: 0,
      orgs: [],
    });
    expect((await ask("get", "/api/organizations/nobody/overview")).status).toBe(404);
    expect((await ask("get", "/api/organizations/nobody/papers")).status).toBe(404);
    expect((await ask("get", "/api/users/nobody/overview")).status).toBe(404);
    expect((await ask("get", "/api/tags/nothing/papers")).status).toBe(404);
  });

  it("has its tags listed", async () => {
    const response = await ask("get", "/api/tags?q=vision");
    expect(response.body).toEqual([
      { slug: "vision-language-models", name: "Vision-Language Models", numPapers: 1 },
    ]);
    expect(response.headers["x-total-count"]).toBe("1");
    const papers = (await body("/api/tags/In-Context%20Learning/papers")) as { paper: { id: string } }[];
    expect(papers.map(({ paper }) => paper.id)).toEqual(["2602.23220"]);
  });
});

describe("a paper", () => {
  it.each([
    "2602.23220",
    "2602.23220v3",
    "arxiv:2602.23220",
    "https://arxiv.org/abs/2602.23220v1",
    "https://arxiv.org/pdf/2602.23220.pdf",
    "https://huggingface.co/papers/2602.23220",
    "2602.23220.md",
  ])("is found by what people paste: %s", async (id) => {
    expect(await body(`/api/papers/${encodeURIComponent(id)}`)).toMatchObject({ id: "2602.23220" });
  });

  it("keeps the zeros at the end of its id, and the slash in an old one", async () => {
    expect((await ask("get", "/api/papers/2503.0213")).status).toBe(404);
    for (const path of [
      "/api/papers/cs%2F0112017",
      "/api/papers/cs/0112017",
      "/api/papers/cs/0112017v2?field=comments",
    ])
      expect(await body(path)).toMatchObject({ id: "cs/0112017" });
    expect((await ask("get", "/papers/cs/0112017.md")).text).toMatch(/^# An Old Paper\n/);
    expect(await body("/api/arxiv/cs/0112017/repos")).toHaveProperty("models");
    expect((await ask("get", "/api/papers/cs/01120171")).status).toBe(404);
  });

  it("has no repositories here, which an unknown paper has not either", async () => {
    expect(await body("/api/arxiv/2602.23220/repos")).toEqual({ models: [], datasets: [], spaces: [] });
    expect((await ask("get", "/api/arxiv/2602.99999/repos")).status).toBe(404);
    expect(await body("/api/models?filter=arxiv:2602.23220")).toEqual([]);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "/avatars/lab.png", 7])(
    "has of the submitter's organisation the known keys, and no address but one on the web: %s",
    async (address) => {
      const said = {
        _id: 1,
        name: "lab",
        fullname: "A Lab",
        avatar: address,
        page: address,
        more: { page: address },
      };
      await api.db.query(
        "test.said",
        sql`UPDATE paper_texts SET source = source || ${JSON.stringify({ submitterOrganization: said })}::jsonb
            WHERE paper_id = (SELECT id FROM papers WHERE external_id = '2602.23220')`,
      );
      const items = (await body("/api/daily_papers?date=2026-03-06")) as { submitterOrganization: unknown }[];
      expect(items[0]?.submitterOrganization).toEqual({ name: "lab", fullname: "A Lab" });
    },
  );

  it("is Markdown by its address, and for who accepts Markdown", async () => {
    const page = await ask("get", "/papers/2602.23220.md");
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toBe("text/markdown; charset=utf-8");
    expect(page.text).toBe(
      [
        "# Large Multimodal Models",
        "",
        "- Authors: Ada Lovelace, Ben Öther",
        "- Organisations: ETH Zürich",
        "- Published: 2026-02-26",
        "- Daily Papers: 2026-03-06, submitted by ada",
        "- Page: <https://arxiv.org/abs/2602.23220>",
        "- PDF: <https://arxiv.org/pdf/2602.23220>",
        "- Code: <https://github.com/ada/circle> (9 stars)",
        "- Project: <https://example.org/circle>",
        "- Keywords: Vision-Language Models, in-context learning",
        "- Upvotes: 10",
        "",
        "## Abstract",
        "",
        "Which multimodal model is",
        "it?",
        "",
        "## AI summary",
        "",
        "They learn in context.",
        "",
      ].join("\n"),
    );
    const accepted = await ask("get", "/papers/2602.23220", { headers: { accept: "text/markdown" } });
    expect(accepted.text).toBe(page.text);
    expect(accepted.headers.vary).toContain("Accept");
    expect((await ask("get", "/papers/2602.99999.md")).status).toBe(404);
  });

  it("is sent on to its own page for who accepts a page", async () => {
    const page = await ask("get", "/papers/2602.23220v2", { headers: { accept: "text/html" } });
    expect(page.status).toBe(302);
    expect(page.headers.location).toBe("https://arxiv.org/abs/2602.23220");
    expect(page.headers.vary).toContain("Accept");
  });
});

describe("quicksearch", () => {
  it("finds papers, organisations and users by beginnings", async () => {
    expect(await body("/api/quicksearch?q=multimod")).toMatchObject({
      q: "multimod",
      papers: [{ id: "2602.23220", title: ITEM.title }],
      papersCount: 1,
      models: [],
      modelsCount: 0,
    });
    expect(await body("/api/quicksearch?q=et&type=org")).toMatchObject({
      orgs: [{ name: "ETH", fullname: "ETH Zürich" }],
      orgsCount: 1,
      papers: [],
      users: [],
    });
    expect(await body("/api/quicksearch?q=ad&type[]=user")).toMatchObject({
      users: [{ user: "ada" }],
      usersCount: 1,
    });
  });

  it("leaves out what is to be left out, and kinds that are not kept here", async () => {
    expect(await body("/api/quicksearch?q=multimodal&exclude[]=papers/2602.23220")).toMatchObject({
      papersCount: 0,
    });
    expect(await body("/api/quicksearch?q=multimodal&type=collection")).toMatchObject({
      papers: [],
      collections: [],
    });
    expect(await body("/api/quicksearch")).toMatchObject({
      q: "",
      papersCount: 0,
      orgsCount: 0,
      usersCount: 0,
    });
  });
});

describe("highlights", () => {
  it("mark all of a long abstract, and joined they are the text", async () => {
    const sentence =
      "Distillation of wide networks helps; we show how distillation fares on 𝔾raphs and more words. ";
    const abstract = `${sentence.repeat(12)}\n  ${"x".repeat(300)} distillation`;
    await buildPaper(api.db, { title: "Zebra", abstract });
    const { highlightedSummary: runs } = (await first("/api/papers/search?q=zebra+distillation")) as {
      highlightedSummary: { type: string; text: string }[];
    };
    expect(runs.map(({ text }) => text).join("")).toBe(abstract);
    const marked = runs.filter(({ type }) => type === "highlight").map(({ text }) => text.toLowerCase());
    expect(marked).toEqual(Array(25).fill("distillation"));
  });
});
