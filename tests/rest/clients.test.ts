import { execFile, execFileSync } from "node:child_process";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSample } from "../../src/sample/load-sample.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
let endpoint: string;
beforeAll(async () => {
  api = await testApi();
  await api.app.listen({ port: 0, host: "127.0.0.1" });
  endpoint = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  await loadSample(api.db);
  const user = await buildUser(api.db, { username: "ann", fullName: "Ann" });
  for (let n = 0; n < 25; n++)
    await buildPaper(api.db, {
      externalId: `2503.0${String(1000 + n)}`,
      title: `Vision model ${n}`,
      abstract: "It sees zebrafish.",
      aiSummary: "Sees.",
      tags: ["vision"],
      organisations: ["nvidia"],
      authors: ["Ann Other"],
      upvotes: n,
      comments: 2,
      codeUrl: "https://github.com/a/b",
      codeStars: 7,
      submittedAt: "2025-03-10T08:00:00Z",
      submittedBy: user.key,
    });
});
afterAll(() => api.close());

type Json = Record<string, unknown>;

async function get(path: string, accept = "application/json") {
  const response = await fetch(endpoint + path, { headers: { accept } });
  return { response, text: await response.text() };
}

/** What the Python client makes of an answer: see PaperInfo in huggingface_hub's hf_api.py. */
function paperInfo(item: Json) {
  const paper = (item.paper ?? {}) as Json;
  const dates = [paper.publishedAt, item.publishedAt, item.submittedOnDailyAt].filter(
    (date) => date !== undefined,
  );
  for (const date of dates) expect(date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const submitter = (item.submittedBy ?? item.submittedOnDailyBy) as Json | undefined;
  return {
    id: item.id ?? paper.id,
    title: item.title,
    authors: ((paper.authors ?? item.authors) as Json[]).map(({ name }) => name),
    summary: paper.summary ?? item.summary,
    upvotes: paper.upvotes || item.upvotes,
    comments: item.numComments,
    ai_summary: item.ai_summary,
    ai_keywords: item.ai_keywords,
    organization: (item.organization as Json | undefined)?.name,
    github_repo: item.githubRepo,
    github_stars: item.githubStars,
    submitted_by: submitter && [submitter.user, submitter.fullname],
  };
}

const PAPER = {
  id: "2503.01000",
  title: "Vision model 0",
  authors: ["Ann Other"],
  summary: "It sees zebrafish.",
  upvotes: 0,
  comments: 2,
  ai_summary: "Sees.",
  ai_keywords: ["vision"],
  organization: "nvidia",
  github_repo: "https://github.com/a/b",
  github_stars: 7,
  submitted_by: ["ann", "Ann"],
};

describe("what Hugging Face's Python client reads", () => {
  it.each([
    "/api/daily_papers?date=2025-03-10&limit=50",
    "/api/daily_papers?week=2025-W11&sort=publishedAt",
    "/api/daily_papers?month=2025-03&submitter=ann&p=0",
    "/api/papers/search?q=vision&limit=50",
    "/api/papers?limit=100",
  ])("is filled in lists: %s", async (path) => {
    const { text } = await get(path);
    const papers = (JSON.parse(text) as Json[]).map(paperInfo);
    const { comments, submitted_by, ...flat } = PAPER;
    const expected = path.startsWith("/api/papers?") ? flat : { ...flat, comments, submitted_by };
    expect(papers.find(({ id }) => id === PAPER.id)).toMatchObject(expected);
  });

  it("is filled in a paper", async () => {
    const { text } = await get("/api/papers/2503.01000");
    expect(paperInfo(JSON.parse(text) as Json)).toMatchObject(PAPER);
  });

  it("is an object with a text in an error", async () => {
    const { response, text } = await get("/papers/2503.99999.md");
    expect(response.status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ error: expect.any(String) as string });
  });
});

describe("what Hugging Face's MCP server reads", () => {
  it.each([
    ["/api/papers/search?q=zebrafish", 25],
    ["/api/daily_papers?p=0&limit=10&sort=publishedAt", 10],
    ["/api/daily_papers?p=0&limit=20&sort=trending", 20],
    ["/api/daily_papers?p=0&limit=100&date=2025-03-10&sort=publishedAt", 25],
    ["/api/daily_papers?p=0&limit=100&date=2025-03-11&sort=publishedAt", 0],
  ])("are items with a paper, and a Link where there are more: %s", async (path, count) => {
    const { response, text } = await get(path);
    const items = JSON.parse(text) as { paper: Json }[];
    expect(items).toHaveLength(count);
    for (const { paper } of items) expect(paper.id).toMatch(/^\d{4}\.\d{3,5}$/);
    expect(response.headers.get("link")?.endsWith('rel="next"') ?? false).toBe(count === 10 || count === 20);
  });

  it("is Markdown for a paper, and lists of repositories", async () => {
    expect((await get("/papers/2503.01000.md", "text/markdown")).text).toMatch(/^# Vision model 0\n/);
    expect(JSON.parse((await get("/api/arxiv/2503.01000/repos")).text)).toEqual({
      models: [],
      datasets: [],
      spaces: [],
    });
  });
});

const PYTHON = process.env.PAPERGRAPH_PYTHON ?? "python3";

function hasPythonClient(): boolean {
  try {
    execFileSync(PYTHON, ["-c", "from huggingface_hub import HfApi; HfApi.list_daily_papers"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

/** Only where Python has huggingface_hub (1.7 or newer); PAPERGRAPH_PYTHON may name such a Python. */
describe.skipIf(!hasPythonClient())("the Python client itself", () => {
  it("lists, searches, tells and reads papers", async () => {
    const script = `
import json, sys
from huggingface_hub import HfApi
api = HfApi(endpoint=sys.argv[1], token=False)
daily = list(api.list_daily_papers(date="2025-03-10", limit=3))
paper = api.paper_info("2503.01024")
print(json.dumps({
  "daily": [p.id for p in daily], "by": daily[0].submitted_by.username, "upvotes": daily[0].upvotes,
  "found": len(list(api.list_papers(query="vision", limit=5))),
  "paper": [paper.title, paper.comments, paper.github_stars, paper.organization.name, str(paper.submitted_at)],
  "text": api.read_paper("2503.01000")[:16],
}))`;
    const { stdout } = await promisify(execFile)(PYTHON, ["-c", script, endpoint]);
    expect(JSON.parse(stdout)).toEqual({
      daily: ["2503.01024", "2503.01023", "2503.01022"],
      by: "ann",
      upvotes: 24,
      found: 5,
      paper: ["Vision model 24", 2, 7, "nvidia", "2025-03-10 08:00:00+00:00"],
      text: "# Vision model 0",
    });
  });
});
