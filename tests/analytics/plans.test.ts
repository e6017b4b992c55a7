import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { explainedNodes, rowsLookedAt } from "../support/explain.js";
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

describe("groups with statistics", () => {
  it.each(GROUPS)("of %s are aggregated once, however many groups the page holds", async (query) => {
    const statements = await recordStatements(() => ask("get", `/api/analytics/groups?${query}`));
    const answers = statements.filter(({ label }) => label === "analytics.answers");
    expect(answers).toHaveLength(1);
    for (const answer of answers) {
      const nodes = await explainedNodes(api.db, answer);
      const again = nodes.filter(
        ({ "Node Type": type, "Actual Loops": loops }) => type === "Aggregate" && loops > 1,
      );
      expect(again).toEqual([]);
      // Four rows a paper at most: two authors with two tags each. A set of that many is read a few times.
      expect(Math.max(...nodes.map(rowsLookedAt))).toBeLessThan(25 * PAPERS);
    }
  });
});
