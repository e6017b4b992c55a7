/** A request as it is sent: a POST with a body, or a GET. */
export interface HostileRequest {
  path: string;
  body?: string;
}

const graphql = (query: string, variables?: object): HostileRequest => ({
  path: "/graphql",
  body: JSON.stringify({ query, variables }),
});

const aliases = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(" ");

const words = Array.from({ length: 500 }, (_, index) => `w${index}`);

/** What was seen to stop servers like this one: work that its cost does not show. */
export const HOSTILE: readonly HostileRequest[] = [
  ...Array.from({ length: 10 }, (_, index) =>
    graphql(
      `query F${index}($filter: PaperFilter) { papers(filter: $filter, first: 1) { totalCount } } # ${index}`,
      { filter: { and: [{ not: { or: [{ year: { gte: 2020 } }] } }] } },
    ),
  ),
  graphql(
    '{ paper(id: "2403.05530") { authors { papers(first: 5) { nodes { authors { papers(first: 2) { totalCount nodes { title } } } } } } } }',
  ),
  graphql(
    '{ paper(id: "2507.06261") { authors { papers(first: 100) { nodes { title tags { name } authors { name } } } } } }',
  ),
  graphql('{ paper(id: "2403.05530") { authors { papers(first: 1) { totalCount } } } }'),
  graphql("{ papers(first: 100) { nodes { title authors { name } tags { name } } } }"),
  ...Array.from({ length: 6 }, (_, index) => graphql(`{ a${index}: __typename }${",".repeat(250_000)}`)),
  graphql("query ($q: String) { papers(search: $q, first: 100) { edges { highlights { field } } } }", {
    q: words.join(" OR "),
  }),
  graphql(
    `query ($q: String) { ${aliases(4, (n) => `a${n}: papers(search: $q, first: 100) { edges { highlights { field fragment } } }`)} }`,
    { q: "large language model reasoning graph neural network" },
  ),
  graphql("query ($q: String) { papers(search: $q) { totalCount } }", {
    q: words.map((word) => `tag:${word}`).join("|"),
  }),
  graphql("query ($q: String) { papers(search: $q) { totalCount } }", {
    q: "abcdefghijklmnopqrstuvwxyz"
      .split("")
      .map((letter) => `title:${letter}*`)
      .join("|"),
  }),
  graphql("query ($q: String) { papers(search: $q) { totalCount } }", { q: "model ".repeat(600) }),
  graphql(
    "query X($s: Boolean!) { papers(first: 30) { nodes { externalId } nodes @include(if: $s) { ...Big } } } fragment Big on Paper { related(first: 25) { title related(first: 50) { title abstract authors { name } } } }",
    { s: false },
  ),
  graphql(`{ papers(first: 100) { nodes { ${aliases(29, (n) => `a${n}: abstract`)} } } }`),
  graphql(`{ papers(first: 100) { nodes { ${aliases(29, (n) => `c${n}: citation(format: BIBTEX)`)} } } }`),
  graphql("{ papers(first: 100) { nodes { related(first: 2) { title } } } }"),
  graphql(
    "{ organisations(first: 50) { nodes { papers(first: 3, filter: { year: { gte: 2026 } }) { nodes { title } } } } }",
  ),
  graphql(
    "{ papers { groups(by: [AUTHOR, YEAR], first: 100) { nodes { keys stats { upvotes { median } } } } } }",
  ),
  graphql("{ coOccurrences(a: AUTHOR, b: AUTHOR, minCount: 1) { a b } }"),
  graphql('{ autocomplete(prefix: "a") { label } b: autocomplete(prefix: "the ") { label } }'),
  { path: "/api/analytics/groups?by=author&sort=key&stats=upvotes&limit=10" },
  { path: "/api/analytics/groups?by=author,year&sort=key" },
  { path: "/api/analytics/co-occurrences?a=author&b=author&minCount=1" },
  { path: "/api/papers/search?q=model%20learning&limit=120" },
  { path: "/api/papers?limit=100&cursor=nonsense" },
  { path: "/api/export/papers.parquet?q=quantization" },
  { path: "/feeds/papers.atom?search=language%20model" },
];

/** What somebody asks who reads. */
export const ORDINARY: readonly HostileRequest[] = [
  graphql("query L { papers { nodes { id title upvoteCount tags { name } } } }"),
  graphql('query S { papers(search: "diffusion model") { totalCount nodes { title } } }'),
  { path: "/api/papers?limit=20" },
  graphql('query P { paper(id: "2403.05530") { title abstract upvoteCount } }'),
];
