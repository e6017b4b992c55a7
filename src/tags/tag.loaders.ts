import DataLoader from "dataloader";
import type { Tag } from "./tag.entity.js";
import type { TagStore } from "./tag.store.js";

export class TagLoaders {
  private readonly perCount = new Map<number, DataLoader<number, Tag[]>>();

  constructor(private readonly store: TagStore) {}

  related(tag: Tag, first: number): Promise<Tag[]> {
    let loader = this.perCount.get(first);
    if (!loader)
      this.perCount.set(first, (loader = new DataLoader((keys) => this.store.related(keys, first))));
    return loader.load(tag.key);
  }
}
