import { validate, parse, type GraphQLSchema } from "graphql";
import { randomDocument, type Samples } from "./random-document.js";
import { seededRandom } from "./random.js";

/** A request whose work and points are measured. */
export interface CostRequest {
  name: string;
  /** GraphQL; else REST's address. */
  body?: { query: string; variables?: Record<string, unknown>; operationName?: string | null };
  path?: string;
}

/** What is known of the catalogue that is asked. */
export interface Facts {
  /** Global ids. */
  ids: string[];
  /** The id of a paper with many authors. */
  manyAuthors: string;
  tags: string[];
  organisations: string[];
}

const MANY_WORDS = Array.from({ length: 64 }, (_, index) => `word${index}`).join(" ");

const GRAPHQL: [name: string, query: string][] = [
  ["__typename", "{ __typename }"],
  ["list of 5", "{ papers(first: 5) { nodes { id title } } }"],
  ["list of 20", "{ papers { nodes { id title upvoteCount tags { name } authors { name } } } }"],
  [
    "list of 100",
    "{ papers(first: 100) { nodes { id title abstract tags { name } authors { name } organisations { name } } } }",
  ],
  ["list with cursors", "{ papers(first: 100) { edges { cursor node { id } } pageInfo { endCursor } } }"],
  ["count", "{ papers(filter: { year: { gte: 2024 } }) { totalCount } }"],
  [
    "filter",
    "{ papers(filter: { hasCode: true, year: { gte: 2024 } }, orderBy: [{ field: UPVOTES }]) { nodes { id } } }",
  ],
  ["search", '{ papers(search: "language model") { nodes { id title } } }'],
  [
    "search of 100 with highlights",
    '{ papers(search: "large language model reasoning", first: 100) { edges { highlights { field fragment ranges { start end } } } } }',
  ],
  ["search with many words", `{ papers(search: "${MANY_WORDS}", first: 100) { nodes { id } } }`],
  [
    "search with open ends",
    '{ papers(search: "mod* net* lear* dat*", first: 100) { nodes { id } totalCount } }',
  ],
  [
    "search in titles with open ends",
    '{ papers(search: "title:a* | title:b* | title:c*", first: 20) { nodes { id } } }',
  ],
  [
    "search for a phrase",
    '{ papers(search: "\\"deep neural network\\" -image", first: 20) { nodes { id } } }',
  ],
  ["search of one word, 600 times", `{ papers(search: "${"model ".repeat(600)}") { totalCount } }`],
  ["did you mean", '{ papers(search: "quantizaton of larg modls") { searchInfo { didYouMean } } }'],
  ["autocomplete", '{ autocomplete(prefix: "neur") { label } }'],
  [
    "facets",
    "{ papers { facets { tags { count } organisations { count } authors { count } years { count } } } }",
  ],
  ["stats", '{ papers(search: "language") { stats { count upvotes { median p90 } distinctAuthors } } }'],
  ["groups", "{ papers { groups(by: [AUTHOR, YEAR], first: 20) { nodes { keys stats { count } } } } }"],
  ["time series", "{ papers { timeSeries(interval: MONTH, splitBy: TAG) { key points { count } } } }"],
  ["trends", "{ trends(dimension: TAG, window: MONTH) { key count } }"],
  ["co-occurrences", "{ coOccurrences(a: AUTHOR, b: AUTHOR, minCount: 2) { a b count } }"],
  [
    "tags with papers",
    "{ tags(first: 20, orderBy: [{ field: PAPER_COUNT }]) { nodes { name papers(first: 5) { nodes { title } } } } }",
  ],
  [
    "organisations with filtered papers",
    "{ organisations(first: 50) { nodes { papers(first: 3, filter: { year: { gte: 2026 } }) { nodes { title } } } } }",
  ],
  ["related tags", "{ tags(first: 20) { nodes { related { name } } } }"],
  ["daily papers", "{ dailyPapers { period { start } papers { nodes { title } } } }"],
  ["introspection", "{ __schema { types { name fields { name args { name } type { name kind } } } } }"],
];

const REST = [
  "/api/papers?limit=100",
  "/api/papers/search?q=language%20model",
  "/api/papers/search?q=language%20model&limit=10",
  "/api/papers/search?q=mod*%20net*&limit=20&p=40",
  "/api/daily_papers?limit=100",
  "/api/quicksearch?q=neur",
  "/api/tags?limit=100",
  "/api/analytics/groups?by=author&sort=key&stats=upvotes&limit=10",
  "/api/analytics/groups?by=author,year&sort=key",
  "/api/analytics/co-occurrences?a=author&b=author&minCount=1",
  "/api/analytics/facets?q=model",
  "/api/analytics/stats",
  "/api/analytics/timeseries?interval=day",
  "/api/analytics/trends?dimension=organisation&window=month",
  "/feeds/papers.atom?search=quantization",
];

/** Requests that people send, requests that are meant to be dear, and documents made of the schema. */
export function costRequests(
  schema: GraphQLSchema,
  facts: Facts,
  generated: number,
  seed: number,
): CostRequest[] {
  const written = GRAPHQL.map(([name, query]) => ({ name, body: { query } }));
  const { ids, manyAuthors, tags } = facts;
  const aliases = Array.from({ length: 20 }, (_, index) => `a${index}: abstract`).join(" ");
  const ofFacts: CostRequest[] = [
    {
      name: "a paper",
      body: { query: `{ paper(id: "${ids[0]}") { title authors { name } tags { name } } }` },
    },
    {
      name: "a paper's many authors",
      body: { query: `{ paper(id: "${manyAuthors}") { authors { name } } }` },
    },
    {
      name: "many papers of many authors",
      body: { query: `{ paper(id: "${manyAuthors}") { authors { papers(first: 1) { totalCount } } } }` },
    },
    {
      name: "papers by id with citations",
      body: {
        query: "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Paper { citation(format: BIBTEX) } } }",
        variables: { ids },
      },
    },
    {
      name: "related papers",
      body: { query: `{ paper(id: "${ids[1]}") { related(first: 50) { title } } }` },
    },
    {
      name: "related of related",
      body: { query: `{ paper(id: "${ids[1]}") { related(first: 10) { related(first: 5) { title } } } }` },
    },
    {
      name: "20 times the abstracts of 100 papers",
      body: { query: `{ papers(first: 100) { nodes { ${aliases} } } }` },
    },
    {
      name: "tags in a search",
      body: {
        query: "query ($q: String!) { papers(search: $q) { nodes { id } } }",
        variables: { q: tags.map((tag) => `tag:${tag}`).join("|") },
      },
    },
  ];
  return [
    ...written,
    ...ofFacts,
    ...REST.map((path) => ({ name: path, path })),
    ...generatedRequests(schema, facts, generated, seed),
  ];
}

function generatedRequests(schema: GraphQLSchema, facts: Facts, count: number, seed: number): CostRequest[] {
  const samples: Samples = {
    Int: [1, 5, 10, 20, 50, 100],
    Float: [0, 1.5],
    Boolean: [true, false],
    String: [
      "language model",
      "neural",
      "graph network",
      "2026-01-02",
      "UTC",
      "a* OR b",
      ...facts.tags.slice(0, 5),
    ],
    ID: [...facts.ids.slice(0, 10), ...facts.tags.slice(0, 5), ...facts.organisations.slice(0, 5)],
    DateTime: ["2026-01-01T00:00:00Z", "2024-01-01"],
    Date: ["2026-01-02"],
  };
  const requests: CostRequest[] = [];
  for (let next = seed; requests.length < count; next++) {
    const body = randomDocument(schema, samples, seededRandom(next));
    if (!validate(schema, parse(body.query)).length)
      requests.push({ name: `document of seed ${next}`, body });
  }
  return requests;
}
