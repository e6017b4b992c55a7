/*
 * What one paper may have at most. The import rejects lines that say more (see import/fields.ts), so these are the worst
 * cases of every list that is not paged. The largest in known data stand beside them.
 */

/** 3,303. The largest collaborations of physics have some 5,000 authors. */
export const MAX_AUTHORS = 5_000;

/** Keywords, and tags of the source: of each as many, so that a paper has at most 200 tags. 44 together. */
export const MAX_KEYWORDS = 100;

/** 16. */
export const MAX_ORGANISATIONS = 200;

/** 13. */
export const MAX_MEDIA = 100;

/** Characters: 226. */
export const MAX_TITLE = 2_000;

/** Characters of the abstract, and of the summary that a language model wrote: 4,615 and 1,606. */
export const MAX_TEXT = 100_000;

/** Characters of JSON that no column holds: 130,000 with thousands of authors, each with an id. */
export const MAX_SOURCE = 1_000_000;
