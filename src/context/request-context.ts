import { AnalyticsLoaders } from "../analytics/analytics.loaders.js";
import { AnalyticsStore } from "../analytics/analytics.store.js";
import { AuthorLoaders } from "../catalogue/authors/author.loaders.js";
import { AuthorStore } from "../catalogue/authors/author.store.js";
import { CommentLoaders } from "../comments/comment.loaders.js";
import { CommentStore } from "../comments/comment.store.js";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { DeliveryStore } from "../digest/delivery.store.js";
import type { DigestDesk } from "../digest/subscription.service.js";
import { SubscriptionStore } from "../digest/subscription.store.js";
import { ExportStore } from "../export/export.store.js";
import type { RequestRecord } from "../platform/observability/request-record.js";
import type { OperationCost } from "../api/graphql/cost/operation-cost.js";
import { OrganisationStore } from "../catalogue/organisations/organisation.store.js";
import type { PaperColumns } from "../papers/paper-columns.js";
import { LinkStore } from "../papers/relations/paper-relations.store.js";
import { PaperLoaders } from "../papers/paper.loaders.js";
import { PaperStore } from "../papers/paper.store.js";
import type { Budget } from "../platform/rate-limiting/budget.js";
import { lazily } from "../shared/lazily.js";
import { unauthenticated } from "../shared/node.js";
import { TagLoaders } from "../catalogue/tags/tag.loaders.js";
import { TagStore } from "../catalogue/tags/tag.store.js";
import { UpvoteLoaders } from "../upvotes/upvote.loaders.js";
import { UpvoteStore } from "../upvotes/upvote.store.js";
import { AccessTokenStore } from "../auth/access-token.store.js";
import type { IdentityProvider } from "../auth/identity-provider.js";
import { ClaimStore } from "../users/claims/claim.store.js";
import { IdentityStore } from "../auth/identity.store.js";
import type { User } from "../users/user.entity.js";
import { UserLoaders } from "../users/user.loaders.js";
import { UserStore } from "../users/user.store.js";
import { batchingOf } from "../platform/work/batching.js";
import type { RequestWork } from "../platform/work/request-work.js";
import type { Viewer } from "../users/viewer.js";

/** What knows the tables; made once, shared by all requests. */
export interface Stores {
  db: Database;
  papers: PaperStore;
  links: LinkStore;
  organisations: OrganisationStore;
  tags: TagStore;
  authors: AuthorStore;
  users: UserStore;
  tokens: AccessTokenStore;
  identities: IdentityStore;
  claims: ClaimStore;
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
  viewer: Viewer | null;
  /** By which the request is found in the log; empty for what no request asks. */
  requestId: string;
  /** The network address that the request comes from; empty for what no request asks. */
  clientAddress: string;
  /** Takes subscriptions to the digest; null where there is none. */
  digestDesk: DigestDesk | null;
  /** What the request may spend; null where nothing is counted. */
  budget: Budget | null;
  /** What the GraphQL operation may cost at most; null until that is counted. */
  operationCost: OperationCost | null;
  /** What is seen of the request; null for what no request asks. */
  record: RequestRecord | null;
  /** What is done for the request, and its bounds; null for what no request asks. */
  work: RequestWork | null;
  /** What the request reads of papers; null is everything. */
  paperColumns: PaperColumns;
  loaders: Loaders;
}

/** They collect what one request asks for, and remember it no longer than that request. */
interface Loaders {
  papers: PaperLoaders;
  tags: TagLoaders;
  authors: AuthorLoaders;
  users: UserLoaders;
  upvotes: UpvoteLoaders;
  comments: CommentLoaders;
  analytics: AnalyticsLoaders;
}

const loadersOver = lazily<{ stores: Stores; viewer: User | null; work: RequestWork | null }, Loaders>({
  papers: ({ stores: { db, papers, links }, work }) => new PaperLoaders(db, papers, links, batchingOf(work)),
  tags: ({ stores, work }) => new TagLoaders(stores.tags, batchingOf(work)),
  authors: ({ stores, work }) => new AuthorLoaders(stores.authors, batchingOf(work)),
  users: ({ stores, work }) => new UserLoaders(stores.users, batchingOf(work)),
  upvotes: ({ stores, viewer, work }) => new UpvoteLoaders(stores.upvotes, viewer, batchingOf(work)),
  comments: ({ stores, work }) => new CommentLoaders(stores.comments, batchingOf(work)),
  analytics: ({ stores, work }) => new AnalyticsLoaders(stores.analytics, work, batchingOf(work)),
});

export function createStores(
  db: Database,
  columns: ColumnsOf,
  identityProvider: IdentityProvider | null = null,
): Stores {
  // They remember something across requests.
  const links = new LinkStore(db);
  const analytics = new AnalyticsStore(db, columns);
  const exports = new ExportStore(db, columns);
  const storesOver = lazily<Database, Omit<Stores, "db" | "identityProvider" | "over">>({
    papers: (db) => new PaperStore(db, columns),
    links: (db) => links.over(db),
    organisations: (db) => new OrganisationStore(db, columns),
    tags: (db) => new TagStore(db, columns),
    authors: (db) => new AuthorStore(db, columns),
    users: (db) => new UserStore(db, columns),
    tokens: (db) => new AccessTokenStore(db, columns),
    identities: (db) => new IdentityStore(db, columns),
    claims: (db) => new ClaimStore(db),
    upvotes: (db) => new UpvoteStore(db, columns),
    comments: (db) => new CommentStore(db, columns),
    subscriptions: (db) => new SubscriptionStore(db),
    deliveries: (db) => new DeliveryStore(db),
    analytics: (db) => analytics.over(db),
    exports: (db) => exports.over(db),
  });
  const over = (db: Database): Stores => Object.assign(storesOver(db), { db, identityProvider, over });
  return over(db);
}

export function createContext(
  stores: Stores,
  viewer: Viewer | null,
  {
    requestId = "",
    clientAddress = "",
    digestDesk = null,
    budget = null,
    record = null,
    work = null,
  }: Partial<Pick<Context, "requestId" | "clientAddress" | "digestDesk" | "budget" | "record" | "work">> = {},
): Context {
  return Object.assign(Object.create(stores) as Stores, {
    viewer,
    requestId,
    clientAddress,
    digestDesk,
    budget,
    operationCost: null,
    record,
    work,
    paperColumns: null,
    loaders: loadersOver({ stores, viewer, work }),
  });
}

/** Lets the request go on over other stores; nothing that was read so far is remembered. */
export function useStores(context: Context, stores: Stores): void {
  Object.setPrototypeOf(context, stores);
  context.loaders = loadersOver({ stores, viewer: context.viewer, work: context.work });
}

/** @throws UNAUTHENTICATED when nobody is signed in. */
export function signedIn(context: Context): Viewer {
  if (!context.viewer) throw unauthenticated();
  return context.viewer;
}
