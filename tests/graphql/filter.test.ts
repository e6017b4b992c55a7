import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PaperFilter, SetFilter } from "../../src/papers/list/paper.filter.js";
import { tagSlug } from "../../src/catalogue/tags/tag-slug.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

interface Sample {
  externalId: string;
  tags: string[];
  organisations: string[];
  authors: string[];
  publishedAt: string;
  submittedAt: string | null;
  submittedBy: string | null;
  upvotes: number;
  comments: number;
  codeUrl: string | null;
  codeStars: number | null;
  projectUrl: string | null;
  venue: string | null;
}

const TAGS = ["Graph Nets", "vision-language models", "cs.CL", "RL"];
const ORGANISATIONS = ["nvidia", "Uni Bonn", "acme"];
const AUTHORS = ["Ada Lovelace", "Alan Turing", "Li Wei"];
const USERS = ["ann", "Bob"];
const VENUES = ["arXiv", "NeurIPS 2024"];
const DAYS = ["2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2024-06-01T12:00:00Z", "2025-01-01T00:00:00Z"];

const some = (values: string[]) => fc.subarray(values);
const sample: fc.Arbitrary<Omit<Sample, "externalId">> = fc.record({
  tags: some(TAGS),
  organisations: some(ORGANISATIONS),
  authors: some(AUTHORS),
  publishedAt: fc.constantFrom(...DAYS),
  submittedAt: fc.option(fc.constantFrom(...DAYS)),
  submittedBy: fc.option(fc.constantFrom(...USERS)),
  upvotes: fc.integer({ min: 0, max: 3 }),
  comments: fc.integer({ min: 0, max: 3 }),
  codeUrl: fc.option(fc.constant("https://example.org/code")),
  codeStars: fc.option(fc.integer({ min: 0, max: 3 })),
  projectUrl: fc.option(fc.constant("https://example.org")),
  venue: fc.option(fc.constantFrom(...VENUES)),
});

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const setFilter = (values: string[]): fc.Arbitrary<SetFilter> =>
  fc.record({
    anyOf: maybe(some([...values, "unknown"])),
    allOf: maybe(some([...values, "unknown"])),
    noneOf: maybe(some([...values, "unknown"])),
  });
const range = fc.record({
  gte: maybe(fc.integer({ min: 0, max: 3 })),
  lte: maybe(fc.integer({ min: 0, max: 3 })),
});
const dates = fc.record({ gte: maybe(fc.constantFrom(...DAYS)), lt: maybe(fc.constantFrom(...DAYS)) });

const { filter } = fc.letrec<{ filter: PaperFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(
      fc.record({ tags: setFilter(TAGS) }),
      fc.record({ organisations: setFilter(ORGANISATIONS) }),
      fc.record({ authors: setFilter(AUTHORS) }),
      fc.record({ publishedAt: dates }),
      fc.record({ submittedAt: dates }),
      fc.record({
        year: fc.record({
          gte: maybe(fc.integer({ min: 2023, max: 2025 })),
          lte: maybe(fc.integer({ min: 2023, max: 2025 })),
        }),
      }),
      fc.record({ upvotes: range, comments: range }),
      fc.record({ codeStars: range }),
      fc.record({ hasCode: fc.boolean() }),
      fc.record({ hasProject: fc.boolean(), hasOrganisation: fc.boolean() }),
      fc.record({ submittedBy: fc.constantFrom("ANN", "bob", "nobody") }),
      fc.record({ venue: fc.constantFrom(...VENUES, "elsewhere") }),
      fc.record({ viewerHasUpvoted: fc.boolean() }),
    ),
    fc.record({ and: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie("filter"), { maxLength: 3 }), not: maybe(tie("filter")) }),
    fc.record({ not: tie("filter") }),
  ),
}));

/** What the filter means, said once more without SQL. */
function holds(f: PaperFilter, p: Sample): boolean {
  const conditions: boolean[] = [];
  const inRange = (value: number | null, r: { gte?: number | null; lte?: number | null }) =>
    value !== null && (r.gte == null || value >= r.gte) && (r.lte == null || value <= r.lte);
  const inDates = (value: string | null, r: { gte?: string | null; lt?: string | null }) =>
    value !== null &&
    (r.gte == null || Date.parse(value) >= Date.parse(r.gte)) &&
    (r.lt == null || Date.parse(value) < Date.parse(r.lt));
  const inSet = (values: string[], s: SetFilter, name: (text: string) => string) => {
    const has = (text: string) => values.some((value) => name(value) === name(text));
    return (
      (!s.anyOf || s.anyOf.some(has)) &&
      (!s.allOf || s.allOf.every(has)) &&
      (!s.noneOf || !s.noneOf.some(has))
    );
  };
  const slug = (name: string) => name.toLowerCase().replaceAll(" ", "-");
  if (f.and) conditions.push(f.and.every((inner) => holds(inner, p)));
  if (f.or) conditions.push(f.or.some((inner) => holds(inner, p)));
  if (f.not) conditions.push(!holds(f.not, p));
  if (f.tags) conditions.push(inSet(p.tags, f.tags, tagSlug));
  if (f.organisations) conditions.push(inSet(p.organisations, f.organisations, slug));
  if (f.authors) conditions.push(inSet(p.authors, f.authors, (name) => name));
  if (f.publishedAt) conditions.push(inDates(p.publishedAt, f.publishedAt));
  if (f.submittedAt) conditions.push(inDates(p.submittedAt, f.submittedAt));
  if (f.year) conditions.push(inRange(Number(p.publishedAt.slice(0, 4)), f.year));
  if (f.upvotes) conditions.push(inRange(p.upvotes, f.upvotes));
  if (f.comments) conditions.push(inRange(p.comments, f.comments));
  if (f.codeStars) conditions.push(inRange(p.codeStars, f.codeStars));
  if (f.hasCode != null) conditions.push((p.codeUrl !== null) === f.hasCode);
  if (f.hasProject != null) conditions.push((p.projectUrl !== null) === f.hasProject);
  if (f.hasOrganisation != null) conditions.push(p.organisations.length > 0 === f.hasOrganisation);
  if (f.submittedBy != null) conditions.push(p.submittedBy?.toLowerCase() === f.submittedBy.toLowerCase());
  if (f.venue != null) conditions.push(p.venue === f.venue);
  // Nobody is signed in.
  if (f.viewerHasUpvoted != null) conditions.push(!f.viewerHasUpvoted);
  return conditions.every(Boolean);
}

/** Slugs of organisations are what the filter takes. */
function withSlugs(f: PaperFilter): PaperFilter {
  const slugs = (set: SetFilter | null | undefined) =>
    set &&
    Object.fromEntries(
      Object.entries(set).map(([key, values]) => [
        key,
        (values as string[] | undefined)?.map((name) => name.replaceAll(" ", "-")),
      ]),
    );
  return {
    ...f,
    ...(f.organisations && { organisations: slugs(f.organisations) }),
    ...(f.and && { and: f.and.map(withSlugs) }),
    ...(f.or && { or: f.or.map(withSlugs) }),
    ...(f.not && { not: withSlugs(f.not) }),
  };
}

let api: Api;
const papers: Sample[] = [];
beforeAll(async () => {
  api = await testApi();
  const users = new Map<string, number>();
  for (const username of USERS) users.set(username, (await buildUser(api.db, { username })).key);
  for (const [index, parts] of fc.sample(sample, { numRuns: 60, seed: 7 }).entries()) {
    const externalId = `p${index}`;
    papers.push({ ...parts, externalId });
    await buildPaper(api.db, {
      ...parts,
      externalId,
      submittedBy: parts.submittedBy ? users.get(parts.submittedBy)! : null,
    });
  }
});
afterAll(() => api.close());

const QUERY = `query ($filter: PaperFilter) { papers(filter: $filter, first: 100) { nodes { externalId } totalCount } }`;

describe("a filter", () => {
  it("means what a plain evaluation in memory says", async () => {
    await fc.assert(
      fc.asyncProperty(filter, async (f) => {
        const { papers: found } = await api.data<{
          papers: { nodes: { externalId: string }[]; totalCount: number };
        }>(QUERY, { filter: withSlugs(f) });
        const expected = papers.filter((p) => holds(f, p)).map((p) => p.externalId);
        expect(found.nodes.map((node) => node.externalId).sort()).toEqual(expected.sort());
        expect(found.totalCount).toBe(expected.length);
      }),
      { numRuns: 300 },
    );
  });

  it("takes global ids for tags, organisations and papers", async () => {
    const {
      tags,
      organisations,
      papers: first,
    } = await api.data<Record<string, { nodes: { id: string }[] }>>(
      `{ tags(first: 1) { nodes { id } } organisations(first: 1) { nodes { id } } papers(first: 1) { nodes { id } } }`,
    );
    const id = (list: { nodes: { id: string }[] } | undefined) => list!.nodes[0]!.id;
    for (const f of [
      { tags: { anyOf: [id(tags)] } },
      { organisations: { allOf: [id(organisations)] } },
      { ids: [id(first)] },
    ]) {
      const { papers: found } = await api.data<{ papers: { totalCount: number } }>(QUERY, { filter: f });
      expect(found.totalCount).toBeGreaterThan(0);
    }
  });

  it("is refused when it is too deep, too wide or out of range, by its path", async () => {
    const deep = (depth: number): PaperFilter => (depth ? { not: deep(depth - 1) } : { hasCode: true });
    const cases: [PaperFilter, string][] = [
      [deep(20), `filter${".not".repeat(10)}`],
      [{ and: Array.from({ length: 120 }, () => ({ hasCode: true })) }, "filter.and"],
      [{ ids: Array<string>(101).fill("x") }, "filter.ids"],
      [{ tags: { anyOf: ["ok", "\0"] } }, "filter.tags.anyOf[1]"],
      [{ and: [{ publishedAt: { gte: "2025-02-30" } }] }, "filter.and[0].publishedAt.gte"],
      [{ submittedAt: { lt: "infinity" } }, "filter.submittedAt.lt"],
      [{ year: { gte: 0 } }, "filter.year.gte"],
    ];
    for (const [f, argument] of cases) {
      const { errors } = await api.ask(QUERY, { filter: f });
      expect(errors?.[0]?.extensions.code, argument).toBe("BAD_USER_INPUT");
      expect(errors?.[0]?.extensions.argument).toContain(argument);
    }
  });
});
