import DataLoader from "dataloader";
import type { Batching } from "../../platform/work/batching.js";
import type { AuthorStore } from "./author.store.js";

export class AuthorLoaders {
  readonly paperCount: DataLoader<number, number>;

  constructor(store: AuthorStore, batching: Batching) {
    this.paperCount = new DataLoader((keys) => store.paperCounts(keys), batching);
  }
}
