import type { Paper } from "../paper.entity.js";

/** What citations are made of. */
export interface CitedPaper {
  paper: Pick<Paper, "externalId" | "arxivId" | "title" | "abstract" | "publishedAt" | "venue" | "url">;
  /** Names in the paper's order. */
  authors: readonly string[];
  tags: readonly string[];
}

/**
 * @returns the text on one line, without control characters: a line break ends a field of RIS, and Python's line reader
 * takes U+001C to U+001E, U+0085 and U+2028 for line breaks as well.
 */
export function folded(text: string): string {
  const isFolded = !RAGGED.test(text) && text.isWellFormed();
  return (isFolded ? text : text.toWellFormed().replace(/[\s\p{Cc}]+/gu, " ")).trim();
}

/** Nearly all texts have no white space but single plain spaces, and looking is cheaper than replacing. */
const RAGGED = / {2}|[^\S ]|\p{Cc}/u;

/** @returns the conference or journal; null for a preprint. */
export function venueOf({ paper }: CitedPaper): string | null {
  return paper.venue && paper.venue !== "arXiv" ? paper.venue : null;
}

/** @returns the DOI that arXiv registers for each of its papers; null for others. */
export function doiOf({ paper }: CitedPaper): string | null {
  return paper.arxivId ? `10.48550/arXiv.${paper.arxivId}` : null;
}
