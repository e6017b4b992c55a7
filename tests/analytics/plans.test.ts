import { raw } from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { explainedNodes, rowsLookedAt, type PlanNode } from "../support/explain.js";
import { recordStatements } from "../support/record-statements.js";
import { restClient } from "../support/rest.js";
import { fillWithPapers } from "../support/synthetic-papers.js";

const PAPERS = 10_000;

let api: Api;
let ask: ReturnType<typeof restClient>;
beforeAll(async () => {
  api = await testApi();
  await fillWithPapers(api.db, PAPERS);
  ask = restClient(api);
});
afterAll(() => api.close());

const GROUPS = [
  "by=author&sort=key&stats=upvotes&limit=10",
  "by=author,year&sort=key",
  "by=author,year&sort=key&order=asc&limit=1000&stats=upvotes,distinctTags,distinctAuthors,firstPublishedAt",
  "by=author&sort=upvotesAvg&minCount=3",
  "by=author&sort=count&limit=1000&stats=count,upvotes,distinctOrganisations",
  "by=tag,author&sort=key&stats=comments,distinctAuthors&limit=100",
  "by=venue,year,tag&sort=upvotes&limit=1000&stats=upvotes,distinctTags",
];

/** @returns the steps of the plan of the one statement that answers. */
async function planOf(path: string) {
  const statements = await recordStatements(() => ask("get", `/api/analytics/${path}`));
  const answers = statements.filter(({ label }) => label === "analytics.answers");
  expect(answers).toHaveLength(1);
  const nodes = await Promise.all(answers.map((answer) => explainedNodes(api.db, answer)));
  return nodes.flat();
}

describe("groups with statistics", () => {
  it.each(GROUPS)("of %s are aggregated once, however many groups the page holds", async (query) => {
    const nodes = await planOf(`groups?${query}`);
    const again = nodes.filter(
      ({ "Node Type": type, "Actual Loops": loops }) => type === "Aggregate" && loops > 1,
    );
    expect(again).toEqual([]);
    // Four rows a paper at most: two authors with two tags each. A set of that many is read a few times.
    expect(Math.max(...nodes.map(rowsLookedAt))).toBeLessThan(25 * PAPERS);
    expectFewLoops(nodes);
  });
});

/** Of more names than this, all are read; nothing is called for each paper. */
const FEW = 10_000;

function expectFewLoops(nodes: PlanNode[]) {
  const repeated = nodes.filter(({ "Actual Loops": loops }) => loops >= FEW);
  expect(repeated).toEqual([]);
}

describe("names of authors and papers' lists", () => {
  it.each([
    "groups?by=author&sort=key&limit=20",
    "groups?by=author&sort=count&order=asc&limit=10",
    "groups?by=author,month,tag&sort=upvotes&order=asc&limit=10",
    "timeseries?interval=day&splitBy=author",
    "co-occurrences?a=author&b=author&minCount=1",
    "co-occurrences?a=author&b=year",
  ])("are not looked up one by one for %s", async (path) => {
    expectFewLoops(await planOf(path));
  });
});

describe("a series for each author", () => {
  it("parts by days the papers of these authors alone", async () => {
    const nodes = await planOf("timeseries?interval=day&splitBy=author&splitFirst=4");
    const aggregates = nodes.filter(({ "Node Type": type }) => type === "Aggregate");
    const [authors] = await api.db.query<{ count: number }>(
      "test.authors",
      raw("SELECT count(DISTINCT author)::integer AS count FROM paper_search, unnest(author_ids) AS author"),
    );
    expect(Math.max(...aggregates.map(rowsLookedAt))).toBeLessThanOrEqual(authors!.count);
  });
});
