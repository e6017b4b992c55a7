import DataLoader from "dataloader";
import type { Edge, Page } from "../shared/pagination/connection.js";
import type { Slice } from "../shared/pagination/keyset.js";
import type { Batching } from "../platform/work/batching.js";
import type { Comment } from "./comment.entity.js";
import type { CommentParent, CommentStore } from "./comment.store.js";

/** Collects what the papers and comments of one request ask for: each level of replies costs one statement. */
export class CommentLoaders {
  readonly byKey: DataLoader<number, Comment | null>;
  private readonly pages = new Map<string, DataLoader<number, Page<Edge<Comment>>>>();
  private readonly counts: Record<CommentParent, DataLoader<number, number>>;

  constructor(
    private readonly store: CommentStore,
    private readonly batching: Batching,
  ) {
    this.byKey = new DataLoader((keys) => store.byKeys(keys), batching);
    this.counts = {
      paper: new DataLoader((parents) => store.counts("paper", parents), batching),
      comment: new DataLoader((parents) => store.counts("comment", parents), batching),
    };
  }

  page(of: CommentParent, slice: Slice, parent: number): Promise<Page<Edge<Comment>>> {
    const key = `${of} ${JSON.stringify(slice)}`;
    let loader = this.pages.get(key);
    if (!loader) {
      loader = new DataLoader((parents) => this.store.pages(of, slice, parents), this.batching);
      this.pages.set(key, loader);
    }
    return loader.load(parent);
  }

  count(of: CommentParent, parent: number): Promise<number> {
    return this.counts[of].load(parent);
  }

  /** To be called after a write: a document may hold several mutations. */
  forget(): void {
    this.byKey.clearAll();
    this.pages.clear();
    this.counts.paper.clearAll();
    this.counts.comment.clearAll();
  }
}
