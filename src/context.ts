import type { ColumnsOf } from "./database/columns.js";
import type { Database } from "./database/database.js";
import { OrganisationStore } from "./organisations/organisation.store.js";
import { PaperLoaders } from "./papers/paper.loaders.js";
import { PaperStore } from "./papers/paper.store.js";
import { unauthenticated } from "./shared/node.js";
import { TagStore } from "./tags/tag.store.js";
import type { User } from "./users/user.entity.js";

/** What knows the tables; made once, shared by all requests. */
export interface Stores {
  db: Database;
  papers: PaperStore;
  organisations: OrganisationStore;
  tags: TagStore;
}

/** What one request may use. */
export interface Context extends Stores {
  /** Who asks; null when anonymous. */
  viewer: User | null;
  /** They collect what one request asks for, and remember it no longer than that request. */
  loaders: {
    papers: PaperLoaders;
  };
}

export function createStores(db: Database, columns: ColumnsOf): Stores {
  return {
    db,
    papers: new PaperStore(db, columns),
    organisations: new OrganisationStore(db, columns),
    tags: new TagStore(db, columns),
  };
}

export function createContext(stores: Stores, viewer: User | null): Context {
  return {
    ...stores,
    viewer,
    loaders: {
      papers: new PaperLoaders(stores.db, stores.papers),
    },
  };
}

/** @throws UNAUTHENTICATED when nobody is signed in. */
export function signedIn(context: Context): User {
  if (!context.viewer) throw unauthenticated();
  return context.viewer;
}
