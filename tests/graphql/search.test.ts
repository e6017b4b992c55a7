import { subscribe, unsubscribe } from "node:diagnostics_channel";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  const subjects = ["graph", "speech", "vision", "protein", "traffic"];
  for (let n = 0; n < 60; n++) {
    await buildPaper(api.db, {
      externalId: `2501.${String(n).padStart(5, "0")}`,
      title: `Learning ${subjects[n % 5]!} embeddings`,
      abstract: `We study ${subjects[n % 3]!} and ${subjects[n % 4]!} with contrastive ${n % 2 ? "pretraining" : "distillation"}.`,
      organisations: n % 10 ? [] : ["NVIDIA"],
      upvotes: n % 7,
    });
  }
  await buildPaper(api.db, {
    externalId: "2502.00001",
    title: "GPT-4 and other LLMs draw text-to-image prompts of Erdős",
  });
  await api.db.query("test.analyse", sql`ANALYZE`);
});
afterAll(() => api.close());

interface Found {
  totalCount: number;
  edges: { cursor: string; score: number; node: { externalId: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  searchInfo: { relaxed: boolean; warnings: string[]; interpretedAs: string };
}

async function search(text: string, args: Record<string, unknown> = {}): Promise<Found> {
  const { papers } = await api.data<{ papers: Found }>(
    `query ($text: String, $orderBy: [PaperOrder!], $first: Int, $after: String) {
      papers(search: $text, orderBy: $orderBy, first: $first, after: $after) {
        totalCount edges { cursor score node { externalId } } pageInfo { hasNextPage endCursor }
        searchInfo { relaxed warnings interpretedAs }
      }
    }`,
    { text, first: 100, ...args },
  );
  return papers;
}

const idsOf = ({ edges }: Found) => edges.map(({ node }) => node.externalId).sort();

describe("a search", () => {
  it.each([
    ["contrastive learning of graph embeddings for unheard-of applications", true],
    ["graph", false],
  ])(
    "matches the same papers under every order, and as many as its pages reach: %s",
    async (text, relaxed) => {
      const all = await search(text);
      expect(all.searchInfo.relaxed).toBe(relaxed);
      expect(all.totalCount).toBe(all.edges.length);
      for (const field of ["UPVOTES", "TITLE", "PUBLISHED_AT", "TRENDING"]) {
        expect(idsOf(await search(text, { orderBy: [{ field }] })), field).toEqual(idsOf(all));
      }
      const paged: string[] = [];
      for (let after: string | null = null; ;) {
        const page = await search(text, { first: 7, after });
        paged.push(...page.edges.map(({ node }) => node.externalId));
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(paged).toEqual(all.edges.map(({ node }) => node.externalId));
    },
  );

  it("of a sentence does not fail because one word of it is nowhere", async () => {
    const found = await search("contrastive distillation of protein zzzqqqxx embeddings");
    expect(found.totalCount).toBeGreaterThan(0);
    expect(found.searchInfo.relaxed).toBe(true);
    expect((await search("contrastive +zzzqqqxx embeddings")).totalCount).toBe(0);
    expect((await search('contrastive "zzzqqqxx embeddings"')).totalCount).toBe(0);
  });

  it.each([
    ["GPT-4", "gpt 4"],
    ["text-to-image", "text to image"],
    ["Erdős", "erdos"],
    ["LLMs", "llm"],
    ["NVIDIA", "nvidia"],
  ])("finds the same for %s and %s", async (one, other) => {
    const found = await search(one);
    expect(found.totalCount).toBeGreaterThan(0);
    expect(idsOf(await search(other))).toEqual(idsOf(found));
  });

  it.each([
    "2502.00001",
    "2502.00001v2",
    "arXiv:2502.00001",
    "https://arxiv.org/abs/2502.00001v1",
    "https://huggingface.co/papers/2502.00001",
  ])("finds the paper that an id or address names: %s", async (text) => {
    expect(idsOf(await search(text))).toEqual(["2502.00001"]);
  });

  it("takes a pasted paragraph as plain words, whatever signs are in it", async () => {
    const text = `Learning protein embeddings (a study): "we distil" -not ${"and so on ".repeat(40)}`;
    const { totalCount, searchInfo } = await search(text);
    expect(totalCount).toBeGreaterThan(0);
    expect(searchInfo.warnings[0]).toContain("plain words");
    const long = Array.from({ length: 40 }, (_, n) => `subject${n}`).join(" OR ");
    expect((await search(`(${long} OR protein) -speech`)).searchInfo.warnings).toEqual([]);
  });
});

it("gives what is suggested as nodes of their own, read together", async () => {
  const labels: string[] = [];
  const listen = (event: unknown): void => void labels.push((event as { label: string }).label);
  subscribe("papergraph:statement", listen);
  const { autocomplete } = await api.data<{
    autocomplete: { slug: string; node: { __typename: string; externalId: string } }[];
  }>(
    `{ autocomplete(prefix: "learning", types: [PAPER], first: 20) {
         slug node { __typename ... on Paper { externalId } } } }`,
  );
  unsubscribe("papergraph:statement", listen);
  expect(autocomplete).toHaveLength(20);
  for (const { slug, node } of autocomplete) expect(node).toEqual({ __typename: "Paper", externalId: slug });
  expect(labels.filter((label) => label === "papers.byExternalIds")).toHaveLength(1);
});

it("gives highlights with ranges for strings of JavaScript", async () => {
  const { papers } = await api.data<{ papers: { edges: { highlights: unknown[] }[] } }>(
    `{ papers(search: "Erdős", first: 1) { edges { highlights {
         field startsInside endsInside ranges { start end startUtf16 endUtf16 } } } } }`,
  );
  const range = { start: 51, end: 56, startUtf16: 51, endUtf16: 56 };
  expect(papers.edges[0]?.highlights).toEqual([
    { field: "TITLE", startsInside: false, endsInside: false, ranges: [range] },
  ]);
});
