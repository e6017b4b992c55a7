/** @returns of each key the rows that belong to it, in the rows' order: what a batched statement gave, dealt out again. */
export function rowsOf<Row>(
  keys: readonly number[],
  rows: readonly Row[],
  keyOf: (row: Row) => number,
): Row[][] {
  const dealt = new Map(keys.map((key) => [key, [] as Row[]]));
  for (const row of rows) dealt.get(keyOf(row))?.push(row);
  return keys.map((key) => dealt.get(key) ?? []);
}

/** @returns for each key what is there under it, null for a miss: what a statement gave in any order, put into theirs. */
export function inOrderOf<Key, Thing>(
  keys: readonly Key[],
  things: readonly Thing[],
  keyOf: (thing: Thing) => Key,
): (Thing | null)[] {
  const found = new Map(things.map((thing) => [keyOf(thing), thing]));
  return keys.map((key) => found.get(key) ?? null);
}
