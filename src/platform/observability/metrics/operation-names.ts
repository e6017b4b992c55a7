/** Names that are told apart at most: each is a dozen time series. */
const MAX_NAMES = 200;
/** Characters: whoever names operations for people stays below. */
const MAX_LENGTH = 80;
/** Milliseconds after which a name that was not seen makes room, once all places are taken. */
const FORGET_AFTER = 3_600_000;
const LOOK_AFTER = 60_000;

/**
 * Names of operations as values of a label. Callers choose them, so they are bounded: the first ones are kept, and what
 * comes when all places are taken is "other". A flood of made-up names is forgotten an hour after it has ended.
 * @param forget is told of names that lost their place.
 * @returns what makes a label of a name.
 */
export function operationNames(
  forget: (name: string) => void,
  now: () => number = () => performance.now(),
): (name: string | null) => string {
  const seen = new Map<string, number>();
  let looked = -Infinity;

  function makeRoom(time: number): void {
    if (time - looked < LOOK_AFTER) return;
    looked = time;
    for (const [name, last] of seen) {
      if (time - last < FORGET_AFTER) continue;
      seen.delete(name);
      forget(name);
    }
  }

  return (name) => {
    if (name === null) return "anonymous";
    if (name.length > MAX_LENGTH) return "other";
    const time = now();
    if (!seen.has(name)) {
      if (seen.size >= MAX_NAMES) makeRoom(time);
      if (seen.size >= MAX_NAMES) return "other";
    }
    seen.set(name, time);
    return name;
  };
}
