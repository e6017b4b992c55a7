import { AnalyticsLoaders } from "./analytics/analytics.loaders.js";
import { AnalyticsStore } from "./analytics/analytics.store.js";
import { CommentLoaders } from "./comments/comment.loaders.js";
import { CommentStore } from "./comments/comment.store.js";
import type { ColumnsOf } from "./database/columns.js";
import type { Database } from "./database/database.js";
import { DeliveryStore } from "./digest/delivery.store.js";
import type { DigestDesk } from "./digest/digest-desk.js";
import { SubscriptionStore } from "./digest/subscription.store.js";
import { ExportStore } from "./export/export.store.js";
import type { RequestRecord } from "./observability/request-record.js";
import { OrganisationStore } from "./organisations/organisation.store.js";
import type { PaperColumns } from "./papers/paper-columns.js";
import { LinkStore } from "./papers/link.store.js";
import { PaperLoaders } from "./papers/paper.loaders.js";
import { PaperStore } from "./papers/paper.store.js";
import type { Budget } from "./rate-limits/budget.js";
import { unauthenticated } from "./shared/node.js";
import { TagLoaders } from "./tags/tag.loaders.js";
import { TagStore } from "./tags/tag.store.js";
import { UpvoteLoaders } from "./upvotes/upvote.loaders.js";
import { UpvoteStore } from "./upvotes/upvote.store.js";
import { AccessTokenStore } from "./users/access-token.store.js";
import type { IdentityProvider } from "./users/identity-provider.js";
import { IdentityStore } from "./users/identity.store.js";
import type { User } from "./users/user.entity.js";
import { UserLoaders } from "./users/user.loaders.js";
import { UserStore } from "./users/user.store.js";

/** What knows the tables; made once, shared by all requests. */
export interface Stores {
  db: Database;
  papers: PaperStore;
  links: LinkStore;
  organisations: OrganisationStore;
  tags: TagStore;
  users: UserStore;
  tokens: AccessTokenStore;
  identities: IdentityStore;
  /** Whose JWTs are taken beside our own access tokens; null for nobody's. */
  identityProvider: IdentityProvider | null;
  upvotes: UpvoteStore;
  comments: CommentStore;
  subscriptions: SubscriptionStore;
  deliveries: DeliveryStore;
  analytics: AnalyticsStore;
  exports: ExportStore;
  /** The same stores over another handle of the database. */
  over(db: Database): Stores;
}

/** What one request may use. */
export interface Context extends Stores {
  /** Who asks; null when anonymous. */
  viewer: User | null;
  /** By which the request is found in the log; empty for what no request asks. */
  requestId: string;
  /** The network address that the request comes from; empty for what no request asks. */
  clientAddress: string;
  /** Takes subscriptions to the digest; null where there is none. */
  digestDesk: DigestDesk | null;
  /** What the request may spend; null where nothing is counted. */
  budget: Budget | null;
  /** Points that the operation costs; 0 until they are counted. */
  operationCost: number;
  /** What is seen of the request; null for what no request asks. */
  record: RequestRecord | null;
  /** What the request reads of papers; null is everything. */
  paperColumns: PaperColumns;
  loaders: Loaders;
}

/**
 * They collect what one request asks for, and remember it no longer than that request. Each is made when it is first
 * used: most requests use one or two.
 */
class Loaders {
  constructor(
    private readonly stores: Stores,
    private readonly viewer: User | null,
  ) {}

  get papers(): PaperLoaders {
    const { db, papers, links } = this.stores;
    return this.once("papers", new PaperLoaders(db, papers, links));
  }

  get tags(): TagLoaders {
    return this.once("tags", new TagLoaders(this.stores.tags));
  }

  get users(): UserLoaders {
    return this.once("users", new UserLoaders(this.stores.users));
  }

  get upvotes(): UpvoteLoaders {
    return this.once("upvotes", new UpvoteLoaders(this.stores.upvotes, this.viewer));
  }

  get comments(): CommentLoaders {
    return this.once("comments", new CommentLoaders(this.stores.comments));
  }

  get analytics(): AnalyticsLoaders {
    return this.once("analytics", new AnalyticsLoaders(this.stores.analytics));
  }

  /** From now on the property is the loader itself. */
  private once<T>(name: keyof Loaders, loader: T): T {
    Object.defineProperty(this, name, { value: loader });
    return loader;
  }
}

export function createStores(
  db: Database,
  columns: ColumnsOf,
  identityProvider: IdentityProvider | null = null,
): Stores {
  // They remember something across requests.
  const links = new LinkStore(db);
  const analytics = new AnalyticsStore(db, columns);
  const exports = new ExportStore(db, columns);
  const over = (db: Database): Stores => ({
    db,
    papers: new PaperStore(db, columns),
    links: links.over(db),
    organisations: new OrganisationStore(db, columns),
    tags: new TagStore(db, columns),
    users: new UserStore(db, columns),
    tokens: new AccessTokenStore(db, columns),
    identities: new IdentityStore(db, columns),
    identityProvider,
    upvotes: new UpvoteStore(db, columns),
    comments: new CommentStore(db, columns),
    subscriptions: new SubscriptionStore(db),
    deliveries: new DeliveryStore(db),
    analytics: analytics.over(db),
    exports: exports.over(db),
    over,
  });
  return over(db);
}

export function createContext(
  stores: Stores,
  viewer: User | null,
  {
    requestId = "",
    clientAddress = "",
    digestDesk = null,
    budget = null,
    record = null,
  }: Partial<Pick<Context, "requestId" | "clientAddress" | "digestDesk" | "budget" | "record">> = {},
): Context {
  return {
    ...stores,
    viewer,
    requestId,
    clientAddress,
    digestDesk,
    budget,
    operationCost: 0,
    record,
    paperColumns: null,
    loaders: new Loaders(stores, viewer),
  };
}

/** Lets the request go on over other stores; nothing that was read so far is remembered. */
export function useStores(context: Context, stores: Stores): void {
  Object.assign(context, stores, { loaders: new Loaders(stores, context.viewer) });
}

/** @throws UNAUTHENTICATED when nobody is signed in. */
export function signedIn(context: Context): User {
  if (!context.viewer) throw unauthenticated();
  return context.viewer;
}
