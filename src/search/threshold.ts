import { allOf, anyOf } from "./tsquery.js";

export interface WeighedWord {
  /** As a tsquery. */
  query: string;
  /** A whole number above 0. */
  weight: number;
}

/**
 * GIN steps through the papers of the rarest words and evaluates the tree for each. At a million papers and nine words,
 * 4 of them answer in a third of the time of 8, although they let three times as many papers through; 3 take longer.
 */
const MAX_VOTERS = 4;

/**
 * A tsquery that every paper matches whose words weigh `need`, for the GIN index to find them by: exact over the
 * heaviest words, as if a paper had all the others.
 * @param words the heaviest first, weighing `need` or more together.
 */
export function impliedQuery(words: readonly WeighedWord[], need: number): string {
  const voters = words.slice(0, MAX_VOTERS);
  const left = need - weightOf(words.slice(MAX_VOTERS));
  if (left > 0) return reaching(voters, left);
  // Without any of these the others do not weigh enough.
  let count = words.length;
  while (count > 1 && weightOf(words.slice(count - 1)) < need) count--;
  return anyOf(words.slice(0, count).map(({ query }) => query));
}

/** A threshold function as a tree: with the first word less is needed of the others. */
function reaching(words: readonly WeighedWord[], need: number): string {
  const [first, ...others] = words;
  if (!first) return "";
  const queries = words.map(({ query }) => query);
  const lightest = words.at(-1)?.weight ?? 0;
  if (lightest >= need) return anyOf(queries);
  if (weightOf(words) - lightest < need) return allOf(queries);
  const withFirst =
    first.weight >= need ? first.query : allOf([first.query, reaching(others, need - first.weight)]);
  return weightOf(others) < need ? withFirst : anyOf([withFirst, reaching(others, need)]);
}

function weightOf(words: readonly WeighedWord[]): number {
  return words.reduce((sum, { weight }) => sum + weight, 0);
}
