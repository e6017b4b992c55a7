import fc from "fast-check";
import type { Database } from "../../src/platform/database/database.js";
import { buildPaper, buildUser } from "./build.js";

/** A paper as the oracles know it; names are slugs. */
export interface Analysed {
  tags: string[];
  organisations: string[];
  /** A name may stand there twice. */
  authors: string[];
  publishedAt: string;
  submittedAt: string | null;
  submittedBy: string | null;
  upvotes: number;
  comments: number;
  codeUrl: string | null;
  codeStars: number | null;
  venue: string | null;
}

export const TAGS = ["cs.cl", "graph-nets", "rl", "vision", "zebra-stripes"];
export const ORGANISATIONS = ["acme", "nvidia", "uni-bonn"];
export const AUTHORS = ["Ada Lovelace", "Alan Turing", "Émilie du Châtelet", "Li Wei"];
const USERS = ["Ann", "bob"];
export const VENUES = ["arXiv", "NeurIPS 2024", "émigré studies"];

/** Moments on both sides of years, weeks and days, and of the hours that daylight saving takes and gives. */
const MOMENTS = [
  "2023-12-31T23:59:59Z",
  "2024-01-01T00:00:00Z",
  "2024-03-10T06:59:59Z",
  "2024-03-10T07:00:00Z",
  "2024-03-31T00:59:59Z",
  "2024-03-31T01:00:00Z",
  "2024-10-26T22:30:00Z",
  "2024-10-27T00:30:00Z",
  "2024-10-27T01:30:00Z",
  "2024-10-27T22:59:59Z",
  "2024-10-27T23:00:00Z",
  "2024-11-03T05:30:00Z",
  "2024-11-03T06:30:00Z",
  "2024-12-30T12:00:00Z",
  "2025-06-15T12:34:56Z",
];

const analysed: fc.Arbitrary<Analysed> = fc.record({
  tags: fc.subarray(TAGS),
  organisations: fc.subarray(ORGANISATIONS),
  authors: fc.array(fc.constantFrom(...AUTHORS), { maxLength: 4 }),
  publishedAt: fc.constantFrom(...MOMENTS),
  submittedAt: fc.option(fc.constantFrom(...MOMENTS)),
  submittedBy: fc.option(fc.constantFrom(...USERS)),
  upvotes: fc.integer({ min: 0, max: 12 }),
  comments: fc.integer({ min: 0, max: 3 }),
  codeUrl: fc.option(fc.constant("https://example.org/code")),
  codeStars: fc.option(fc.integer({ min: 0, max: 50 })),
  venue: fc.option(fc.constantFrom(...VENUES)),
});

/** Fills a database with papers, always the same. */
export async function buildAnalysed(db: Database, count: number): Promise<Analysed[]> {
  const papers = fc.sample(analysed, { numRuns: count, seed: 11 });
  const users = new Map<string, number>();
  for (const username of USERS) users.set(username, (await buildUser(db, { username })).key);
  for (const paper of papers)
    await buildPaper(db, {
      ...paper,
      submittedBy: paper.submittedBy === null ? null : users.get(paper.submittedBy)!,
    });
  return papers;
}

/** A filter that the oracles can evaluate: any of the parts. */
export interface PlainFilter {
  tags?: { anyOf?: string[]; allOf?: string[]; noneOf?: string[] };
  organisations?: { anyOf: string[] };
  authors?: { anyOf: string[] };
  year?: { gte?: number; lte?: number };
  venue?: string;
  hasCode?: boolean;
  upvotes?: { gte: number };
}

export const plainFilter: fc.Arbitrary<PlainFilter> = fc.record(
  {
    tags: fc.oneof(
      fc.record({ anyOf: fc.subarray(TAGS, { minLength: 1 }) }),
      fc.record({ allOf: fc.subarray(TAGS, { maxLength: 2 }) }),
      fc.record({ noneOf: fc.subarray(TAGS, { maxLength: 2 }) }),
    ),
    organisations: fc.record({ anyOf: fc.subarray(ORGANISATIONS, { minLength: 1 }) }),
    authors: fc.record({ anyOf: fc.subarray(AUTHORS, { minLength: 1 }) }),
    year: fc.record({ gte: fc.constantFrom(2023, 2024), lte: fc.constantFrom(2024, 2025) }),
    venue: fc.constantFrom(...VENUES, "nowhere"),
    hasCode: fc.boolean(),
    upvotes: fc.record({ gte: fc.integer({ min: 0, max: 13 }) }),
  },
  { requiredKeys: [] },
);

export function passes(paper: Analysed, filter: PlainFilter): boolean {
  const { tags, organisations, authors, year, venue, hasCode, upvotes } = filter;
  const any = (wanted: string[] | undefined, had: string[]) =>
    !wanted || wanted.some((value) => had.includes(value));
  const published = Number(paper.publishedAt.slice(0, 4));
  return (
    any(tags?.anyOf, paper.tags) &&
    (tags?.allOf ?? []).every((tag) => paper.tags.includes(tag)) &&
    !(tags?.noneOf ?? []).some((tag) => paper.tags.includes(tag)) &&
    any(organisations?.anyOf, paper.organisations) &&
    any(authors?.anyOf, paper.authors) &&
    (year?.gte === undefined || published >= year.gte) &&
    (year?.lte === undefined || published <= year.lte) &&
    (venue === undefined || paper.venue === venue) &&
    (hasCode === undefined || (paper.codeUrl !== null) === hasCode) &&
    (upvotes === undefined || paper.upvotes >= upvotes.gte)
  );
}

/** The keys that a paper has in a dimension, said once more without SQL. */
export const KEYS: Record<string, (paper: Analysed) => string[]> = {
  TAG: ({ tags }) => tags,
  ORGANISATION: ({ organisations }) => organisations,
  AUTHOR: ({ authors }) => [...new Set(authors)],
  VENUE: ({ venue }) => (venue === null ? [] : [venue]),
  SUBMITTER: ({ submittedBy }) => (submittedBy === null ? [] : [submittedBy]),
  HAS_CODE: ({ codeUrl }) => [String(codeUrl !== null)],
  YEAR: ({ publishedAt }) => [publishedAt.slice(0, 4)],
  QUARTER: ({ publishedAt }) => [
    `${publishedAt.slice(0, 4)}-Q${Math.ceil(Number(publishedAt.slice(5, 7)) / 3)}`,
  ],
  MONTH: ({ publishedAt }) => [publishedAt.slice(0, 7)],
  WEEK: ({ publishedAt }) => [isoWeek(publishedAt)],
  DAY: ({ publishedAt }) => [publishedAt.slice(0, 10)],
};

/** A week belongs to the year of its Thursday, and has the number of that Thursday in it. */
function isoWeek(moment: string): string {
  const day = Date.parse(`${moment.slice(0, 10)}T00:00:00Z`);
  const thursday = new Date(day + (3 - ((new Date(day).getUTCDay() + 6) % 7)) * 86_400_000);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / 86_400_000 / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** Ascending by code points, as "C" collates. */
export function byCodePoints(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

const NUMBERS = {
  upvotes: ({ upvotes }: Analysed) => upvotes,
  comments: ({ comments }: Analysed) => comments,
  authors: ({ authors }: Analysed) => authors.length,
  codeStars: ({ codeStars }: Analysed) => codeStars,
};

/** All fields of PaperStats, as GraphQL gives them, said once more without SQL. */
export function statsIn(papers: readonly Analysed[]): Record<string, unknown> {
  const numbers = Object.entries(NUMBERS).map(([name, of]) => {
    const values = papers
      .map(of)
      .filter((value) => value !== null)
      .sort((one, other) => one - other);
    const sum = values.reduce((total, value) => total + value, 0);
    const some = values.length > 0;
    return [
      name,
      {
        sum,
        avg: some ? sum / values.length : null,
        min: values[0] ?? null,
        max: values.at(-1) ?? null,
        median: percentile(values, 5),
        p90: percentile(values, 9),
      },
    ] as const;
  });
  const different = (dimension: string) => new Set(papers.flatMap(KEYS[dimension]!)).size;
  const moments = papers.map(({ publishedAt }) => new Date(publishedAt).toISOString()).sort();
  return {
    count: papers.length,
    ...Object.fromEntries(numbers),
    distinctTags: different("TAG"),
    distinctOrganisations: different("ORGANISATION"),
    distinctAuthors: different("AUTHOR"),
    firstPublishedAt: moments[0] ?? null,
    lastPublishedAt: moments.at(-1) ?? null,
  };
}

/** Linear interpolation at `tenths` of the way from the first value to the last, in whole numbers as far as they go. */
function percentile(sorted: readonly number[], tenths: number): number | null {
  if (!sorted.length) return null;
  const position = (sorted.length - 1) * tenths;
  const low = sorted[Math.floor(position / 10)]!;
  const high = sorted[Math.ceil(position / 10)]!;
  return (low * 10 + (high - low) * (position % 10)) / 10;
}

export const NUMBER_FIELDS = "{ sum avg min max median p90 }";
export const STATS_FIELDS = `count upvotes ${NUMBER_FIELDS} comments ${NUMBER_FIELDS} authors ${NUMBER_FIELDS}
  codeStars ${NUMBER_FIELDS} distinctTags distinctOrganisations distinctAuthors firstPublishedAt lastPublishedAt`;
