import fc from "fast-check";
import sql from "sql-template-tag";
import { afterAll, beforeAll, expect, it } from "vitest";
import { boundQuery } from "../src/search/bounds/bound-query.js";
import { compileSearch } from "../src/search/compile/compile-search.js";
import {
  group,
  queryText,
  signed,
  type Field,
  type QueryNode,
  type TermNode,
} from "../src/search/language/query-ast.js";
import { parseQuery } from "../src/search/language/query-language.js";
import { candidates } from "../src/search/matching/threshold.js";
import { buildPaper } from "./support/build.js";
import { testDatabase, type TestDatabase } from "./support/test-database.js";

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
  // Without statistics all words weigh the same.
  await test.db.query("test.calm", sql`ALTER TABLE paper_search SET (autovacuum_enabled = false)`);
});
afterAll(() => test.drop());

/** Words that are their own stems, none of them the beginning of another. */
const WORDS = ["alpha", "beta", "kappa", "omega", "zeta"];

/** A paper as words: what Postgres holds, without Postgres. */
interface Doc {
  title: string[];
  abstract: string[];
  tags: string[];
  organisations: string[];
  authors: string[];
  year: number;
}

const words = (maxLength: number) => fc.array(fc.constantFrom(...WORDS), { maxLength });
const doc: fc.Arbitrary<Doc> = fc.record({
  title: words(4),
  abstract: words(6),
  tags: words(2).map((tags) => [...new Set(tags)]),
  organisations: words(1),
  authors: words(2).map((authors) => [...new Set(authors)]),
  year: fc.integer({ min: 2020, max: 2023 }),
});

const field = fc.constantFrom<Field>("any", "any", "any", "title", "abstract", "author", "org", "tag");
const leaf: fc.Arbitrary<QueryNode> = fc.oneof(
  fc.record({
    kind: fc.constant("word" as const),
    field,
    text: fc.constantFrom(...WORDS),
    prefix: fc.constant(false),
  }),
  fc.record({
    kind: fc.constant("word" as const),
    field,
    text: fc.constantFrom("al", "kap", "omeg"),
    prefix: fc.constant(true),
  }),
  fc.record({
    kind: fc.constant("phrase" as const),
    field: fc.constantFrom<Field>("any", "title", "abstract", "author"),
    text: fc.array(fc.constantFrom(...WORDS), { minLength: 2, maxLength: 3 }).map((parts) => parts.join(" ")),
    prefix: fc.boolean(),
  }),
  fc
    .tuple(fc.integer({ min: 2019, max: 2023 }), fc.integer({ min: 0, max: 2 }))
    .map(([from, more]): QueryNode => {
      return { kind: "year", from, to: from + more };
    }),
);
const { query } = fc.letrec<{ query: QueryNode }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(
        fc.constantFrom("and" as const, "or" as const),
        fc.array(tie("query"), { minLength: 1, maxLength: 4 }),
      )
      .map(([kind, children]) => group(kind, children)!),
    fc
      .tuple(fc.constantFrom("not" as const, "required" as const), tie("query"))
      .map(([kind, child]) => signed(kind, child)),
  ),
}));

/** Words one behind the other; the last one may be only a beginning. */
function holds(text: string[], sought: string[], prefix: boolean): boolean {
  return text.some((_, start) =>
    sought.every((word, index) => {
      const found = text[start + index] ?? "";
      return prefix && index === sought.length - 1 ? found.startsWith(word) : found === word;
    }),
  );
}

function matches(node: QueryNode, paper: Doc): boolean {
  switch (node.kind) {
    case "word":
    case "phrase":
      return textsOf(node.field, paper).some((text) => holds(text, node.text.split(" "), node.prefix));
    case "year":
      return paper.year >= node.from! && paper.year <= node.to!;
    case "and":
      return node.children.every((child) => matches(child, paper));
    case "or":
      return node.children.some((child) => matches(child, paper));
    case "not":
      return !matches(node.child, paper);
    case "required":
      return matches(node.child, paper);
  }
}

/** There are never enough papers to have all the words. */
function matchesSearch(root: QueryNode, paper: Doc, papers: readonly Doc[]): boolean {
  const clauses = root.kind === "and" ? root.children : [root];
  const isPlain = (node: QueryNode): node is TermNode =>
    node.kind === "word" && node.field === "any" && !node.prefix;
  const plain = clauses.filter(isPlain);
  const present = plain.filter((node) => papers.some((other) => matches(node, other)));
  if (new Set(plain.map(({ text }) => text)).size < 2 || !present.length) return matches(root, paper);
  const held = present.filter((node) => matches(node, paper)).length;
  return (
    clauses.every((node) => isPlain(node) || matches(node, paper)) &&
    held >= Math.max(0.05 * present.length, 1)
  );
}

function textsOf(field: Field, paper: Doc): string[][] {
  const texts = { title: paper.title, abstract: paper.abstract, author: paper.authors };
  if (field === "tag") return paper.tags.map((tag) => [tag]);
  if (field === "org") return paper.organisations.map((name) => [name]);
  if (field !== "any") return [texts[field]];
  // The importer writes an organisation's slug and name.
  const named = [...paper.tags, ...paper.organisations.flatMap((name) => [name, name])];
  return [...Object.values(texts), named];
}

async function store(papers: readonly Doc[]): Promise<void> {
  await test.db.query("test.clear", sql`TRUNCATE papers, tags, organisations, authors CASCADE`);
  for (const [index, { title, abstract, year, ...links }] of papers.entries()) {
    await buildPaper(test.db, {
      externalId: String(index),
      title: title.join(" "),
      abstract: abstract.join(" "),
      publishedAt: `${year}-12-31T23:59:59Z`,
      ...links,
    });
  }
}

it("finds the papers that the query says, whatever it says", async () => {
  const corpus = fc.array(doc, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(corpus, fc.array(query, { minLength: 40, maxLength: 60 }), async (papers, queries) => {
      await store(papers);
      for (const asked of queries) {
        const text = queryText(asked);
        // So long, it would be taken for a pasted paragraph.
        if (text.length > 256) continue;
        const read = boundQuery(asked, () => undefined);
        if (!read) throw new Error("There is always something left of a search.");
        expect(parseQuery(text).root).toEqual(read);
        const { condition } = await compileSearch(test.db, text);
        const rows = await test.db.query<{ paper: string }>(
          "test.search",
          sql`SELECT external_id AS paper FROM paper_records p WHERE ${condition("p")} ORDER BY id`,
        );
        const expected = papers.flatMap((paper, index) =>
          matchesSearch(read, paper, papers) ? [index] : [],
        );
        expect({ text, papers: rows.map(({ paper }) => Number(paper)) }).toEqual({ text, papers: expected });
      }
    }),
    { numRuns: 6 },
  );
}, 120_000);

it("has GIN look for what the words' weights imply", async () => {
  const weights = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(weights, fc.double({ min: 0.1, max: 1, noNaN: true }), async (drawn, share) => {
      const words = drawn
        .sort((a, b) => b - a)
        .map((weight, index) => ({ query: `'w${index}'`, weight, frequency: 0.3 }));
      const need = Math.ceil(share * words.reduce((sum, { weight }) => sum + weight, 0));
      const rows = await test.db.query<{ bits: number; found: boolean }>(
        "test.implied",
        sql`SELECT bits, array_to_tsvector(ARRAY(SELECT 'w' || n FROM generate_series(0, ${words.length - 1}::integer) n
              WHERE bits >> n & 1 = 1)) @@ ${candidates(words, need, 0).query}::tsquery AS found
            FROM generate_series(0, ${2 ** words.length - 1}::integer) bits`,
      );
      for (const { bits, found } of rows) {
        const weight = words.reduce((sum, word, n) => sum + ((bits >> n) & 1 ? word.weight : 0), 0);
        if (words.length <= 8) expect(found).toBe(weight >= need);
        else if (weight >= need) expect(found).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
});
