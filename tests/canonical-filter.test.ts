import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalFilter } from "../src/papers/list/canonical-filter.js";
import type { PaperFilter, SetFilter } from "../src/papers/list/paper.filter.js";
import { globalId } from "../src/shared/node.js";

/** Papers as a filter sees them. */
interface Model {
  tags: string[];
  year: number;
  upvotes: number;
  stars: number | null;
}

const TAGS = ["a-b", "c", "d"];
const names = fc.array(fc.constantFrom(...TAGS), { maxLength: 3 });
const range = fc.record(
  { gte: fc.integer({ min: 0, max: 3 }), lte: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: [] },
);
const years = fc.record(
  { gte: fc.integer({ min: 2020, max: 2023 }), lte: fc.integer({ min: 2020, max: 2023 }) },
  { requiredKeys: [] },
);
const conditions = {
  tags: fc.record({ anyOf: names, allOf: names, noneOf: names }, { requiredKeys: [] }),
  year: years,
  upvotes: range,
  codeStars: range,
};
const filters = filtersOf(3);

/** @param depth how many filters stand within each other at most. */
function filtersOf(depth: number): fc.Arbitrary<PaperFilter> {
  if (depth === 1) return fc.record(conditions, { requiredKeys: [] });
  const inner = filtersOf(depth - 1);
  const several = fc.array(inner, { maxLength: 2 });
  return fc.record({ ...conditions, and: several, or: several, not: inner }, { requiredKeys: [] });
}

function isIn(value: number | null, bounds: { gte?: number | null; lte?: number | null } | null | undefined) {
  if (!bounds) return true;
  return value !== null && value >= (bounds.gte ?? -1) && value <= (bounds.lte ?? 9_999);
}

/** What a filter means, told without SQL. */
function holds(filter: PaperFilter, paper: Model): boolean {
  const { anyOf, allOf, noneOf } = filter.tags ?? {};
  const has = (tag: string) => paper.tags.includes(tag);
  return (
    (!anyOf || anyOf.some(has)) &&
    (!allOf || allOf.every(has)) &&
    (!noneOf || !noneOf.some(has)) &&
    isIn(paper.year, filter.year) &&
    isIn(paper.upvotes, filter.upvotes) &&
    isIn(paper.stars, filter.codeStars) &&
    (filter.and ?? []).every((inner) => holds(inner, paper)) &&
    (!filter.or || filter.or.some((inner) => holds(inner, paper))) &&
    (!filter.not || !holds(filter.not, paper))
  );
}

const PAPERS: Model[] = [[], ["a-b"], ["c"], ["a-b", "c"], ["a-b", "c", "d"]].flatMap((tags) =>
  [2020, 2021, 2023].flatMap((year) =>
    [0, 2].flatMap((upvotes) => [null, 1].map((stars) => ({ tags, year, upvotes, stars }))),
  ),
);

type Respelling = (filter: PaperFilter) => PaperFilter;

/** Ways to write the same filter. */
const RESPELLINGS: Respelling[] = [
  (filter) => ({ ...filter, venue: null, ids: undefined, authors: {}, upvotes: filter.upvotes ?? {} }),
  (filter) => Object.fromEntries(Object.entries(filter).reverse()),
  (filter) => ({ and: [filter] }),
  (filter) => ({ and: Object.entries(filter).map(([key, value]) => ({ [key]: value as unknown })) }),
  (filter) => ({ or: [filter, filter] }),
  (filter) => ({ not: { not: filter } }),
  (filter) => ({ ...filter, and: [...(filter.and ?? []), {}, {}].reverse() }),
  (filter) => (filter.tags ? { ...filter, tags: otherNames(filter.tags) } : filter),
  ({ year, ...rest }) =>
    year
      ? {
          ...rest,
          and: [
            ...(rest.and ?? []),
            {
              publishedAt: {
                gte: year.gte == null ? null : `${year.gte}-01-01`,
                lt: year.lte == null ? null : `${year.lte + 1}-01-01T02:00:00+02:00`,
              },
            },
          ],
        }
      : rest,
  ({ tags, ...rest }) =>
    tags?.noneOf
      ? {
          ...rest,
          tags: { ...tags, noneOf: null },
          and: [...(rest.and ?? []), { not: { tags: { anyOf: tags.noneOf } } }],
        }
      : { ...rest, tags },
];

/** Names that are other ones already stay as they are: the name of an id is another tag. */
function otherNames(tags: SetFilter): SetFilter {
  const other = (list: string[] | null | undefined) =>
    list?.flatMap((tag) =>
      TAGS.includes(tag) ? [globalId("Tag", tag), tag.toUpperCase().replace("-", " ")] : [tag],
    );
  return { anyOf: other(tags.anyOf), allOf: other(tags.allOf), noneOf: other(tags.noneOf) };
}

describe("a filter's canonical form", () => {
  it("is one for all spellings", () => {
    fc.assert(
      fc.property(
        filters,
        fc.array(fc.constantFrom(...RESPELLINGS), { maxLength: 4 }),
        (filter, respellings) => {
          const respelt = respellings.reduce((spelling, respell) => respell(spelling), filter);
          expect(canonicalFilter(respelt)).toBe(canonicalFilter(filter));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is one for no two filters that let different papers through", () => {
    fc.assert(
      fc.property(fc.array(filters, { minLength: 2, maxLength: 30 }), (several) => {
        const seen = new Map<string, string>();
        for (const filter of several) {
          const through = PAPERS.map((paper) => holds(filter, paper)).join();
          const form = canonicalFilter(filter);
          expect(seen.get(form) ?? through).toBe(through);
          seen.set(form, through);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("parts what is almost the same", () => {
    const forms = [
      {},
      { tags: { anyOf: [] } },
      { codeStars: {} },
      { submittedAt: {} },
      { tags: { anyOf: ["a"] } },
      { organisations: { anyOf: ["a"] } },
      { authors: { anyOf: ["a"] } },
      { authors: { anyOf: ["A"] } },
      { tags: { anyOf: ["a", "b"] } },
      { tags: { allOf: ["a", "b"] } },
      { tags: { noneOf: ["a"] } },
      { upvotes: { gte: 1 } },
      { upvotes: { lte: 1 } },
      { comments: { gte: 1 } },
      { hasCode: true },
      { hasCode: false },
      { venue: "a" },
      { venue: "A" },
      { venue: 'a","b' },
      { submittedBy: "a" },
      { ids: ["1", "2"] },
      { ids: ["1"] },
      { year: { gte: 2024 } },
      { publishedAt: { lt: "2024-01-01" } },
    ].map((filter) => canonicalFilter(filter));
    expect(new Set(forms).size).toBe(forms.length);
    expect(canonicalFilter(null)).toBe(canonicalFilter({}));
    expect(canonicalFilter({ tags: { anyOf: ["a"] } })).toBe(canonicalFilter({ tags: { allOf: ["a"] } }));
    expect(canonicalFilter({ submittedBy: "ANN" })).toBe(canonicalFilter({ submittedBy: "ann" }));
    expect(canonicalFilter({ ids: ["arXiv:2401.00001v2"] })).toBe(canonicalFilter({ ids: ["2401.00001"] }));
  });
});
