import { allOf, anyOf } from "../compile/tsquery.js";

export interface WeighedWord {
  /** As a tsquery. */
  query: string;
  /** A whole number above 0. */
  weight: number;
  /** The share of papers that have it. */
  frequency: number;
}

/**
 * GIN steps through the papers of the rarest words and evaluates the tree for each: at a million papers and nine words,
 * 4 of them answer in a third of the time of 8. But what these let through is read, so there are more of them where that
 * is much. The tree doubles with each word in the worst case.
 */
const VOTERS = { least: 4, most: 8 };

/** What GIN is to look for in place of all words. */
export interface Candidates {
  /** A tsquery that every paper matches whose words weigh `need`. */
  query: string;
  /** The share of papers that match it, were words strewn independently. */
  share: number;
  /** The share of papers that the index steps through: those with a word that some must have, of the rarest ones. */
  stepped: number;
}

/**
 * Exact over the heaviest words, as if a paper had all the others.
 * @param words the heaviest first, weighing `need` or more together.
 * @param few the share of papers that may be read without a second thought.
 */
export function candidates(words: readonly WeighedWord[], need: number, few: number): Candidates {
  const most = Math.min(VOTERS.most, words.length);
  for (let count = Math.min(VOTERS.least, words.length); ; count++) {
    const voters = words.slice(0, count);
    const left = need - weightOf(words.slice(count));
    const share = left > 0 ? chanceOfWeight(voters, left) : 1;
    if (count < most && share > few) continue;
    return left > 0
      ? { query: reaching(voters, left), share, stepped: steppedThrough(voters, left) }
      : { query: anyOfEnough(words, need), share, stepped: 1 };
  }
}

/** GIN takes the rarest words without which the others do not weigh enough. */
function steppedThrough(words: readonly WeighedWord[], need: number): number {
  const rarestFirst = [...words].sort((a, b) => a.frequency - b.frequency);
  let left = weightOf(words);
  let stepped = 0;
  for (const { weight, frequency } of rarestFirst) {
    if (left < need) break;
    stepped += frequency;
    left -= weight;
  }
  return stepped;
}

/** Without any of these the others do not weigh enough. */
function anyOfEnough(words: readonly WeighedWord[], need: number): string {
  let count = words.length;
  while (count > 1 && weightOf(words.slice(count - 1)) < need) count--;
  return anyOf(words.slice(0, count).map(({ query }) => query));
}

/** @returns the chance that a paper's words weigh `need` or more, were they strewn independently. */
export function chanceOfWeight(words: readonly Omit<WeighedWord, "query">[], need: number): number {
  let chances = [1, ...Array.from({ length: weightOf(words) }, () => 0)];
  for (const { weight, frequency } of words) {
    chances = chances.map(
      (chance, sum) => chance * (1 - frequency) + (chances[sum - weight] ?? 0) * frequency,
    );
  }
  return chances.slice(need).reduce((sum, chance) => sum + chance, 0);
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

function weightOf(words: readonly { weight: number }[]): number {
  return words.reduce((sum, { weight }) => sum + weight, 0);
}
