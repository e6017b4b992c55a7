import DataLoader from "dataloader";
import type { User } from "../users/user.entity.js";
import type { Batching } from "../platform/work/batching.js";
import type { UpvoteStore } from "./upvote.store.js";

export class UpvoteLoaders {
  private readonly given: DataLoader<number, boolean> | null;

  constructor(store: UpvoteStore, viewer: User | null, batching: Batching) {
    this.given =
      viewer && new DataLoader((paperKeys) => store.viewerHasUpvoted(viewer.key, paperKeys), batching);
  }

  /** Nobody in particular has upvoted nothing, and that takes no statement. */
  async viewerHasUpvoted(paperKey: number): Promise<boolean> {
    return this.given ? this.given.load(paperKey) : false;
  }

  /** To be called after a write: what was read before it is outdated, and a document may hold several mutations. */
  know(paperKey: number, isUpvoted: boolean): void {
    this.given?.clear(paperKey).prime(paperKey, isUpvoted);
  }
}
