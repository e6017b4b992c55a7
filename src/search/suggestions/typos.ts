/** What may be missing or in another's place. Of other scripts, only what is dropped, doubled or swapped is found. */
const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyz");
const DIGITS = Array.from("0123456789");

/**
 * All words that one slip of the hand could have made into this one: a letter dropped, added, replaced, or swapped with
 * its neighbour, the first one too. About 50 for each letter: few enough to look each up in an index, which takes less
 * time than to compare with the words that look alike.
 */
export function oneTypoFrom(word: string): string[] {
  const letters = Array.from(word);
  const others = /\d/.test(word) ? [...LETTERS, ...DIGITS] : LETTERS;
  const variants = new Set<string>();
  let before = "";
  for (let at = 0; at <= letters.length; at++) {
    const here = letters[at] ?? "";
    const next = letters[at + 1] ?? "";
    const after = letters.slice(at + 1).join("");
    for (const letter of others) {
      variants.add(before + letter + here + after);
      if (here) variants.add(before + letter + after);
    }
    if (here) variants.add(before + after);
    if (next) variants.add(before + next + here + letters.slice(at + 2).join(""));
    before += here;
  }
  variants.delete(word);
  return [...variants];
}
