import DataLoader from "dataloader";
import type { Batching } from "../platform/work/batching.js";
import type { User } from "./user.entity.js";
import type { UserStore } from "./user.store.js";

export class UserLoaders {
  readonly byKey: DataLoader<number, User | null>;

  constructor(store: UserStore, batching: Batching) {
    this.byKey = new DataLoader((keys) => store.byKeys(keys), batching);
  }
}
