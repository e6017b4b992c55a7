import DataLoader from "dataloader";
import type { AuthorStore } from "./author.store.js";

export class AuthorLoaders {
  readonly paperCount: DataLoader<number, number>;

  constructor(store: AuthorStore) {
    this.paperCount = new DataLoader((keys) => store.paperCounts(keys));
  }
}
