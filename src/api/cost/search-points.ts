import type { SearchWork } from "../../search/bounds/search-work.js";

/** For a search at all; for each of its terms; for each of its prefixes, which stand for many words; for each phrase. */
const SEARCH = 0.3;
const TERM = 0.1;
const PREFIX = 1;
const PHRASE = 0.2;

/** @returns the points of ranking what matches a search, beside those of the list that it is. */
export function searchPoints({ terms, prefixes, phrases }: SearchWork): number {
  return SEARCH + terms * TERM + prefixes * PREFIX + phrases * PHRASE;
}
