import DataLoader from "dataloader";
import type { Batching } from "../../platform/work/batching.js";
import type { Tag } from "./tag.entity.js";
import type { TagStore } from "./tag.store.js";

export class TagLoaders {
  private readonly perCount = new Map<number, DataLoader<number, Tag[]>>();

  constructor(
    private readonly store: TagStore,
    private readonly batching: Batching,
  ) {}

  related(tag: Tag, first: number): Promise<Tag[]> {
    let loader = this.perCount.get(first);
    if (!loader) {
      loader = new DataLoader((keys) => this.store.related(keys, first), this.batching);
      this.perCount.set(first, loader);
    }
    return loader.load(tag.key);
  }
}
