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
