import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, type PaperParts } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  const about = "We study methods for tuning quantum devices and report results. ";
  const papers: Record<string, PaperParts> = {
    "in a row": {
      title: "A study of devices",
      abstract: `${about}Simulated annealing schedules are compared.`,
    },
    "often, far apart": {
      title: "On simulated physics",
      abstract: `${"Simulated. ".repeat(6)}${about.repeat(4)}${"Annealing. ".repeat(6)}`,
    },
    "in the title": { title: "Annealing that is simulated: a primer", abstract: about.repeat(6) },
    "the very title": { title: "Simulated Annealing", abstract: about.repeat(12) },
    "half of the words": { title: "Annealing annealing annealing", abstract: "Annealing. ".repeat(20) },
    "by the organisation": { title: "Sparse kernels", abstract: about, organisations: ["Zyxcorp"] },
    "by the author": { title: "Dense kernels", abstract: about, authors: ["Ann Zyxcorp"] },
    "with the tag": { title: "Fused kernels", abstract: about, tags: ["zyxcorp"] },
    "about it": { title: "Kernels", abstract: `${about}Measured on hardware by Zyxcorp.` },
    "titled so": { title: "Programming Zyxcorp hardware", abstract: about },
    "rare word once": { title: "Notes", abstract: `${about}A gyroid appears.` },
    "common word often": { title: "Notes", abstract: "Devices. ".repeat(8) },
  };
  for (const [externalId, parts] of Object.entries(papers))
    await buildPaper(api.db, { externalId, ...parts });
  for (let n = 0; n < 40; n++) await buildPaper(api.db, { title: `Other work ${n}`, abstract: about });
  await api.db.query("test.analyse", sql`ANALYZE`);
});
afterAll(() => api.close());

async function found(search: string): Promise<string[]> {
  const { papers } = await api.data<{ papers: { nodes: { externalId: string }[] } }>(
    "query ($search: String!) { papers(search: $search) { nodes { externalId } } }",
    { search },
  );
  return papers.nodes.map(({ externalId }) => externalId);
}

it("has the very title first, then all words in the title, then the words in a row", async () => {
  expect((await found("simulated annealing")).slice(0, 4)).toEqual([
    "the very title",
    "in the title",
    "in a row",
    "often, far apart",
  ]);
});

it("has papers with all of the words before papers with some", async () => {
  const papers = await found("simulated annealing");
  expect(papers.indexOf("half of the words")).toBe(4);
});

it("takes a title for one whatever its case, hyphens and quotation marks", async () => {
  for (const text of ["SIMULATED-ANNEALING", '"Simulated Annealing"', "  simulated   annealing "])
    expect((await found(text))[0]).toBe("the very title");
});

it("has titles first, and names before the abstract", async () => {
  const papers = await found("zyxcorp");
  expect(papers[0]).toBe("titled so");
  expect(papers.at(-1)).toBe("about it");
  expect([...papers].sort()).toEqual([
    "about it",
    "by the author",
    "by the organisation",
    "titled so",
    "with the tag",
  ]);
});

it("lets a rare word count more than a common one, however often that is there", async () => {
  expect((await found("gyroid devices"))[0]).toBe("rare word once");
});
