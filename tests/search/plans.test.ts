import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildUser } from "../support/build.js";
import { explainedNodes, rowsLookedAt } from "../support/explain.js";
import { recordStatements, type RecordedStatement } from "../support/record-statements.js";
import { fillWithPapers } from "../support/synthetic-papers.js";

/** So many that the planner would notice: on a small table it rightly reads all of it. */
const PAPERS = 100_000;
/** Tables that nothing may read from end to end. */
const LARGE = ["papers", "paper_search", "paper_texts", "authors"];

let api: Api;
let token: string;
beforeAll(async () => {
  api = await testApi();
  await fillWithPapers(api.db, PAPERS);
  const user = await buildUser(api.db, { username: "reader" });
  const { tokens } = createStores(api.db, columnsOf(api.source));
  ({ secret: token } = await tokens.create(user.key, "test", null));
});
afterAll(() => api.close());

const PAGE = `edges { score node { title abstract tags { name } organisations { name } authors { name } }
  highlights { field fragment } } pageInfo { endCursor hasNextPage }`;

const SEARCHES: Record<string, string> = {
  "one common word": "model",
  "one rare word": "wcade",
  "two words": "language model",
  "three words": "graph neural network",
  "a phrase": '"neural network"',
  "a prefix": "diffu*",
  "a word without another": "model -language",
  alternatives: "diffusion OR graph OR image",
  "a sentence": "learning a graph model of the language data for neural image training by diffusion wcade",
  "a typing error": "langauge model",
  "a word in the title": "title:model",
  "an author": "author:wdfi",
  "years and a word": "model year:2024..2025",
  "a common tag and a word": "model tag:tag-1",
  "a rare tag and a word": "model tag:tag-1900",
  "an organisation and a word": "model org:org-3",
  "nothing that is there": "qqqqzzzz xxxxyyyy",
};

const FILTERS: Record<string, string> = {
  "a common tag": '{ tags: { anyOf: ["tag-1"] } }',
  "a rare tag": '{ tags: { anyOf: ["tag-1900"] } }',
  "all of two tags": '{ tags: { allOf: ["tag-1", "tag-2"] } }',
  "an organisation": '{ organisations: { anyOf: ["org-3"] } }',
  "a rare organisation": '{ organisations: { anyOf: ["org-900"] } }',
  "an author": '{ authors: { anyOf: ["Wcd Wfaa"] } }',
  "a year": "{ year: { gte: 2024, lte: 2024 } }",
  "code, which one in a thousand has": "{ hasCode: true }",
  "no code, which nearly all lack": "{ hasCode: false }",
};

const ORDERS = ["UPVOTES", "PUBLISHED_AT", "TRENDING"];

/** What is asked; `{{after}}` stands for where the third page begins. */
const QUESTIONS: [name: string, query: string][] = [
  ...Object.entries(SEARCHES).map(([name, text]): [string, string] => [
    `search for ${name}`,
    `{ papers(search: ${JSON.stringify(text)}, first: 20) { ${PAGE} searchInfo { interpretedAs relaxed didYouMean } } }`,
  ]),
  ...["one common word", "two words", "a sentence", "a prefix", "a rare tag and a word"].map(
    (name): [string, string] => [
      `number of papers with ${name}`,
      `{ papers(search: ${JSON.stringify(SEARCHES[name])}) { totalCount totalCountRelation } }`,
    ],
  ),
  ...ORDERS.flatMap((order) =>
    ["model", "wcade", "language model"].map((text): [string, string] => [
      `${text} by ${order}`,
      `{ papers(search: "${text}", orderBy: [{ field: ${order} }], first: 20) { ${PAGE} } }`,
    ]),
  ),
  ...Object.entries(FILTERS).flatMap(([name, filter]): [string, string][] => [
    [
      `language model with ${name}`,
      `{ papers(search: "language model", filter: ${filter}, first: 20) { ${PAGE} } }`,
    ],
    [
      `papers with ${name}, by upvotes`,
      `{ papers(filter: ${filter}, orderBy: [{ field: UPVOTES }], first: 20) { ${PAGE} } }`,
    ],
  ]),
  ...["", ...ORDERS].map((order): [string, string] => [
    `a deep page of a search ${order && `by ${order}`}`,
    `{ papers(search: "language model", first: 50${order && `, orderBy: [{ field: ${order} }]`}{{after}}) { ${PAGE} } }`,
  ]),
  ...["m", "wc", "model lan", "lagnuage mo", "qqqqzzzz", "Wdfi", "tag 19"].map((prefix): [string, string] => [
    `autocomplete of ${prefix}`,
    `{ autocomplete(prefix: "${prefix}") { type slug label paperCount } }`,
  ]),
  ["related papers", '{ paper(id: "paper-77") { title related(first: 10) { title } } }'],
  ["a page with related papers", "{ papers(first: 5) { nodes { title related(first: 3) { title } } } }"],
  ["daily papers", `{ dailyPapers { period { start previous next } papers { ${PAGE} } } }`],
  [
    "a month's papers by trending",
    `{ dailyPapers(month: "2025-01", orderBy: [{ field: TRENDING }]) { papers { totalCount nodes { title } } } }`,
  ],
  ["the front page", `{ papers(first: 20) { ${PAGE} } }`],
  [
    "papers of a tag",
    '{ tag(id: "tag-1") { related(first: 5) { name } papers(first: 5) { totalCount nodes { title } } } }',
  ],
];

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: Plan[];
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The plan for these values and, where the server may keep one for all values, that one as well. */
async function plansOf(
  client: pg.PoolClient,
  { text, values, prepared }: RecordedStatement,
): Promise<Plan[]> {
  const explain = async (options: string, given: unknown[]) => {
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
      `EXPLAIN (FORMAT JSON${options}) ${text}`,
      given,
    );
    return rows.map((row) => row["QUERY PLAN"][0].Plan);
  };
  const plans = await explain("", values);
  const { rows } = await client.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::integer AS version",
  );
  // GENERIC_PLAN came with PostgreSQL 16.
  if (prepared && rows[0]!.version >= 160_000) plans.push(...(await explain(", GENERIC_PLAN", [])));
  return plans;
}

/** What is read from end to end, as "statement: table". */
async function wholeReads(statements: readonly RecordedStatement[]): Promise<string[]> {
  return api.db.connected(async (client) => {
    const reads: string[] = [];
    for (const statement of statements) {
      for (const plan of await plansOf(client, statement)) {
        for (const node of nodesOf(plan)) {
          const relation = node["Relation Name"] ?? "";
          if (node["Node Type"] === "Seq Scan" && LARGE.includes(relation))
            reads.push(`${statement.label}: ${relation}`);
        }
      }
    }
    return reads;
  });
}

/** Asks, from the third page on when the question can tell where that is. */
async function ask(query: string): Promise<unknown> {
  if (!query.includes("{{after}}")) return api.data(query, {}, token);
  let after = "";
  for (let page = 0; page < 3; page++) {
    const { papers } = await api.data<{ papers: { pageInfo: { endCursor: string } } }>(
      query.replace("{{after}}", after),
      {},
      token,
    );
    after = `, after: "${papers.pageInfo.endCursor}"`;
  }
  return after;
}

describe("no table of papers or authors is read from end to end for", () => {
  for (const [name, query] of QUESTIONS) {
    it(name, async () => {
      const statements = await recordStatements(() => ask(query));
      expect(statements.length).toBeGreaterThan(0);
      expect(await wholeReads(statements)).toEqual([]);
    });
  }
});

describe("pages of lists under a hundred parents", () => {
  it.each([
    "{ organisations(first: 100) { nodes { papers(first: 3) { nodes { title } } } } }",
    "{ organisations(first: 100) { nodes { papers(first: 3, filter: { year: { gte: 2025 } }) { nodes { title } } } } }",
  ])("read the papers of each, not all papers for each: %s", async (query) => {
    const statements = await recordStatements(() => api.data(query));
    const pages = statements.filter(({ label }) => label === "papers.pages");
    expect(pages).toHaveLength(1);
    for (const page of pages) {
      const nodes = await explainedNodes(api.db, page);
      expect(Math.max(...nodes.map(rowsLookedAt))).toBeLessThan(PAPERS / 2);
    }
  });
});

describe("the test itself", () => {
  it("asks for what is there", async () => {
    const count = (text: string, filter = "{}") =>
      api
        .data<{ papers: { totalCount: number } }>(
          `{ papers(search: ${JSON.stringify(text)}, filter: ${filter}) { totalCount } }`,
        )
        .then(({ papers }) => papers.totalCount);
    for (const [name, text] of Object.entries(SEARCHES).filter(([name]) => !name.startsWith("nothing")))
      expect(await count(text), name).toBeGreaterThan(0);
    for (const [name, filter] of Object.entries(FILTERS))
      expect(await count("", filter), name).toBeGreaterThan(0);
  });

  it("sees a table that is read from end to end", async () => {
    const statements = await recordStatements(() =>
      api.db.query("test.all", {
        text: "SELECT count(*) FROM papers WHERE title LIKE $1",
        values: ["%x%"],
      } as never),
    );
    expect(await wholeReads(statements)).toEqual(["test.all: papers"]);
  });
});
