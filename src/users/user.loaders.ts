import DataLoader from "dataloader";
import type { User } from "./user.entity.js";
import type { UserStore } from "./user.store.js";

export class UserLoaders {
  readonly byKey: DataLoader<number, User | null>;

  constructor(store: UserStore) {
    this.byKey = new DataLoader((keys) => store.byKeys(keys));
  }
}
