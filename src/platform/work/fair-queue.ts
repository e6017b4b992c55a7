/**
 * Items that wait, served by caller in turn: each caller's items in their order, and no caller twice before the others
 * have had their turn.
 */
export class FairQueue<Item> {
  /** By caller; the order of the map is the order of turns. */
  private readonly waiting = new Map<string, Item[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  sizeOf(caller: string): number {
    return this.waiting.get(caller)?.length ?? 0;
  }

  add(caller: string, item: Item): void {
    const items = this.waiting.get(caller);
    if (items) items.push(item);
    else this.waiting.set(caller, [item]);
    this.count++;
  }

  /** @returns the first item of the next caller that may be served; undefined when there is none. */
  next(mayBeServed: (caller: string) => boolean): Item | undefined {
    for (const [caller, items] of this.waiting) {
      if (!mayBeServed(caller)) continue;
      const item = items.shift();
      this.count--;
      this.waiting.delete(caller);
      // At the end of the map: behind all others.
      if (items.length) this.waiting.set(caller, items);
      return item;
    }
    return undefined;
  }

  remove(caller: string, item: Item): void {
    const items = this.waiting.get(caller);
    const index = items?.indexOf(item) ?? -1;
    if (!items || index < 0) return;
    items.splice(index, 1);
    this.count--;
    if (!items.length) this.waiting.delete(caller);
  }

  /** Takes out the last item of the caller with the most items, if it has more than `than`. */
  removeLastOfLongest(than: number): Item | undefined {
    let longest: string | undefined;
    let most = than;
    for (const [caller, { length }] of this.waiting)
      if (length > most) {
        longest = caller;
        most = length;
      }
    if (longest === undefined) return undefined;
    const items = this.waiting.get(longest) ?? [];
    const item = items.pop();
    this.count--;
    if (!items.length) this.waiting.delete(longest);
    return item;
  }

  /** Takes out all items. */
  clear(): Item[] {
    const all = [...this.waiting.values()].flat();
    this.waiting.clear();
    this.count = 0;
    return all;
  }
}
