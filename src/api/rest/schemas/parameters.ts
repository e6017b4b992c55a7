import { Type } from "typebox";

/** The most that a list gives at once, and what it gives without `limit`. */
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 50;

/** What Hugging Face's search gives at most, and without `limit`. */
export const MAX_FOUND = 120;
/** Characters of a search. */
const MAX_QUERY = 250;

export const limit = (most = MAX_LIMIT, usual = DEFAULT_LIMIT) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: most, default: usual, description: "How many." }));

export const pageNumber = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    description: "Which page of `limit`, from 0. Past the end is an empty list.",
  }),
);

export const cursor = Type.Optional(
  Type.String({ description: "Where to go on: take the address in the header Link instead of making one." }),
);

export const query = Type.Optional(
  Type.String({
    maxLength: MAX_QUERY,
    description:
      'Words, "a phrase", -excluded, +required, OR, prefix*, and the fields title: abstract: author: org: tag: year:. An arXiv id or address finds its paper.',
  }),
);

export const paperId = Type.Object({
  paperId: Type.String({
    description:
      "An arXiv id with or without version, or another source's id; a slash in it as %2F, but for old arXiv ids such as cs/0112017.",
    examples: ["2505.24864"],
  }),
});

const names = (what: string) =>
  Type.Optional(
    Type.Array(Type.String(), { maxItems: 20, description: `${what} Given several times: all of them.` }),
  );

/** Which papers: for every list that is searched. */
export const paperFilter = {
  organization: names("Papers of this organisation, by its name in addresses."),
  organisation: names("The same as `organization`."),
  tag: names("Papers with this tag, by its slug or name."),
  author: names("Papers of this author, by the name as papers write it."),
  submitter: Type.Optional(Type.String({ description: "What this user put into Daily Papers." })),
  year: Type.Optional(
    Type.String({
      pattern: "^(\\d{4}|\\d{4}\\.\\.(\\d{4})?|\\.\\.\\d{4})$",
      title: "a year or a range of years: 2024, 2023..2025, 2023.. or ..2025",
      description: "Published in this year, or in these years, both ends included: `2023..2025`, `2023..`.",
    }),
  ),
  since: Type.Optional(
    Type.String({
      description:
        "Published at this moment or later: a day (its beginning in UTC) or a moment with its offset.",
      examples: ["2026-01-01"],
    }),
  ),
  before: Type.Optional(Type.String({ description: "Published before this moment; as `since`." })),
  venue: Type.Optional(
    Type.String({ description: "Where it appeared, as papers write it: `NeurIPS 2024`." }),
  ),
  hasCode: Type.Optional(Type.Boolean({ description: "Whether a code repository is known." })),
  minUpvotes: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: "At least so many." }),
  ),
};
