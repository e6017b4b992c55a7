import fc from "fast-check";
import sql, { raw } from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

interface Page {
  edges: { cursor: string; node: { externalId: string } }[];
}
interface Parent {
  slug: string;
  name: string;
  papers: Page;
}

/** Which field lists parents, which of theirs names them in a filter, and which filter that is. */
const PARENTS: { list: string; name: "slug" | "name"; filter: string; table: string }[] = [
  { list: "organisations", name: "slug", filter: "organisations", table: "organisations" },
  { list: "tags", name: "slug", filter: "tags", table: "tags" },
  { list: "authors", name: "name", filter: "authors", table: "authors" },
];
const ARGS =
  "$search: String, $orderBy: [PaperOrder!], $first: Int, $after: String, $last: Int, $before: String, $filter: PaperFilter";
const LIST =
  "filter: $filter, search: $search, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before";
const PAGE = "edges { cursor node { externalId } }";
const SINGLE = `query ($search: String, $orderBy: [PaperOrder!], $filter: PaperFilter) {
  papers(search: $search, orderBy: $orderBy, filter: $filter, first: 100) { ${PAGE} }
}`;

const order = fc
  .uniqueArray(fc.constantFrom("UPVOTES", "PUBLISHED_AT", "CITATIONS", "TITLE", "SUBMITTED_AT"), {
    minLength: 1,
    maxLength: 2,
  })
  .chain((fields) =>
    fc.tuple(
      ...fields.map((field) =>
        fc.record({ field: fc.constant(field), direction: fc.constantFrom("ASC", "DESC") }),
      ),
    ),
  );

describe("lists under parents", () => {
  let api: Api;
  beforeAll(async () => {
    api = await testApi();
    const names = ["one", "two", "three", "four", "five"];
    for (let n = 0; n < 40; n++) {
      const some = names.filter((_, index) => n % (index + 2) === 0);
      await buildPaper(api.db, {
        title: n % 3 ? `Graph ${n % 7}` : `Model ${n % 7}`,
        organisations: some,
        tags: some,
        authors: some,
        upvotes: n % 4,
        citations: n % 3 ? n % 5 : null,
        submittedAt: n % 2 ? `2026-02-0${(n % 5) + 1}T00:00:00Z` : null,
        publishedAt: `202${(n % 3) + 4}-01-0${(n % 4) + 1}T00:00:00Z`,
      });
    }
  });
  afterAll(() => api.close());

  it.each(PARENTS)("$list are what the filter gives, however large parents are thought to be", async (of) => {
    await fc.assert(
      fc.asyncProperty(
        order,
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(null, { year: { gte: 2025 } }, { upvotes: { gte: 2 }, year: { lte: 2025 } }),
        fc.constantFrom(null, "graph"),
        fc.boolean(),
        fc.constantFrom("0", "10000", "CASE id % 2 WHEN 0 THEN 0 ELSE 10000 END"),
        async (orderBy, size, filter, search, backward, count) => {
          await api.db.query("test.size", sql`UPDATE ${raw(of.table)} SET paper_count = ${raw(count)}`);
          const nested = `query (${ARGS}) { ${of.list}(first: 10) { nodes { ${of.name} papers(${LIST}) { ${PAGE} } } } }`;
          const walked = new Map<string, string[]>();
          const expected = new Map<string, string[]>();
          const ends = new Set<string | undefined>([undefined]);
          // The pages of the parent that comes first; those of the others begin where its pages do.
          for (const end of ends) {
            const cut = backward ? { last: size, before: end } : { first: size, after: end };
            const answer = await api.data<Record<string, { nodes: Parent[] }>>(nested, {
              orderBy,
              search,
              filter,
              ...cut,
            });
            const [first] = answer[of.list]!.nodes;
            for (const { papers, ...names } of answer[of.list]!.nodes) {
              const name = names[of.name];
              const ids = papers.edges.map(({ node }) => node.externalId);
              if (!end) {
                const own = { and: [{ [of.filter]: { anyOf: [name] } }, filter ?? {}] };
                const { papers: all } = await api.data<{ papers: Page }>(SINGLE, {
                  orderBy,
                  search,
                  filter: own,
                });
                expected.set(
                  name,
                  all.edges.map(({ node }) => node.externalId),
                );
                expect(ids).toEqual(
                  backward ? expected.get(name)!.slice(-size) : expected.get(name)!.slice(0, size),
                );
              }
              const before = walked.get(name) ?? [];
              if (name === first![of.name])
                walked.set(name, backward ? [...ids, ...before] : [...before, ...ids]);
            }
            const { edges } = first!.papers;
            if (edges.length) ends.add((backward ? edges[0]! : edges.at(-1)!).cursor);
          }
          for (const [name, ids] of walked) expect(ids).toEqual(expected.get(name));
        },
      ),
      { numRuns: 25 },
    );
  });
});
