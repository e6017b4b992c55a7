import sql, { join, type Sql } from "sql-template-tag";
import { ArgsType, Field } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { badInput } from "../../shared/errors.js";
import { compileSearch, type CompiledSearch } from "../../search/compile/compile-search.js";
import { PageArgs, type PageRequest } from "../../shared/pagination/connection.js";
import { fingerprint, type Fingerprint } from "../../shared/pagination/cursor.js";
import { cleanSearch, MAX_SEARCH_LENGTH } from "../../shared/validate-input.js";
import type { SortKey } from "../../shared/pagination/keyset.js";
import { OrderDirection } from "../../shared/order-direction.js";
import { canonicalFilter } from "./canonical-filter.js";
import { compileFilter } from "./paper-filter.sql.js";
import { PaperFilter } from "./paper.filter.js";
import { PaperOrder, PaperOrderField, paperSortKeys } from "./paper.order.js";
import { NO_PARENT, type PaperList, type PaperScope } from "./paper-list.sql.js";
import { PaperConnection } from "./paper-connection.js";

/** More keys than fields there are to order by make no sense; nine is all of them. */
const MAX_ORDER = 9;

@ArgsType()
export class PaperListArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description:
      'The search text, as people type it into a search box; it is never an error: words, "a phrase", -excluded, +required, OR, prefix*, and the fields title: abstract: author: org: tag: year:2024 year:2023..2025. Text after the first 4,000 characters is ignored.',
  })
  search?: string | null;

  @Field(() => PaperFilter, { nullable: true, description: "Only papers that match this filter." })
  filter?: PaperFilter | null;

  @Field(() => [PaperOrder], {
    nullable: true,
    description:
      "The order. Default: by relevance with a search, otherwise the latest published first; for Daily Papers the most upvoted first.",
  })
  orderBy?: PaperOrder[] | null;
}

/** Where a list of papers hangs: everywhere, or under a parent. */
export interface ListPlace {
  /** Tells this kind of list from others: part of cursors. */
  kind: string;
  scope?: PaperScope;
  /** SQL for about how many papers the parent has, given its number as SQL. */
  sizeOf?: PaperScope;
  parent?: number;
  /** A condition over `p` beside the caller's. */
  where?: Sql;
  /** The order when the caller gives none. */
  defaultOrder?: PaperOrder[];
  /** Sort keys in place of an order. */
  keys?: SortKey[];
  /** The condition hangs on who asks. */
  personal?: boolean;
}

/**
 * Makes the connection that GraphQL's fields and REST's routes read. Arguments are checked here; rows are read when
 * they are asked for.
 * @throws BAD_USER_INPUT or BAD_CURSOR naming the argument.
 */
export async function paperConnection(
  context: Context,
  args: PaperListArgs & PageRequest,
  place: ListPlace,
): Promise<PaperConnection> {
  const { search, filter, orderBy } = args;
  const identity = [place.kind, search, filter, orderBy];
  const list = await context.loaders.papers.list(JSON.stringify(identity), () =>
    makeList(context, args, place),
  );
  return new PaperConnection(list, context.papers.slice(list, args), place.parent ?? NO_PARENT);
}

async function makeList(context: Context, args: PaperListArgs, place: ListPlace): Promise<PaperList> {
  const { search, text } = await searchOf(context, args);
  const whereWith = async (filter: PaperFilter | null) =>
    join(await conditionsOf(context, filter, place, search), " AND ");
  const { filter = null } = args;
  const where = await whereWith(filter);
  const order = orderOf(args, place, search !== null);
  const byRelevance = order.some(({ field }) => field === PaperOrderField.RELEVANCE);
  // Lists under parents are ranked whole: how many papers of each parent match is not known before.
  const steady = isSteady(args, place, search, order);
  const mayBeTiered = order[0]?.field === PaperOrderField.RELEVANCE && !place.scope;
  const tier = mayBeTiered && search?.broad ? await context.papers.tierOf(where, steady) : null;
  return {
    where,
    scope: place.scope ?? null,
    sizeOf: place.sizeOf ?? null,
    search,
    byRelevance,
    tier,
    keys: place.keys ?? paperSortKeys(order, search && { nullable: tier !== null }),
    fingerprint: fingerprintOf(place, text, filter, order),
    spelling: fingerprint([place.kind, args.search, filter, args.orderBy]),
    personal: place.personal ?? asksForViewer(filter),
    steady,
    whereWithout: once((condition) =>
      filter?.[condition] == null
        ? null
        : whereWith(Object.assign(new PaperFilter(), filter, { [condition]: null })),
    ),
  };
}

async function conditionsOf(
  { db, viewer }: Context,
  filter: PaperFilter | null,
  place: ListPlace,
  search: CompiledSearch | null,
): Promise<Sql[]> {
  const conditions = [place.where ?? sql`true`];
  if (filter) conditions.push(await compileFilter(db, filter, "filter", viewer?.key ?? null));
  if (search) conditions.push(search.condition("p"));
  return conditions;
}

async function searchOf(
  context: Context,
  args: PaperListArgs,
): Promise<{ search: CompiledSearch | null; text: string }> {
  const { text, cut } = cleanSearch(args.search ?? "", "search");
  const search = text.trim() ? await compileSearch(context.db, text) : null;
  if (cut) search?.info.warnings.unshift(`Only the first ${MAX_SEARCH_LENGTH} characters were read.`);
  return { search, text };
}

function isSteady(
  { filter }: PaperListArgs,
  { where, scope }: ListPlace,
  search: CompiledSearch | null,
  order: readonly PaperOrder[],
): boolean {
  if (filter || where || scope) return false;
  return search === null || (search.words && order[0]?.field === PaperOrderField.RELEVANCE);
}

/** Whether what the filter lets through hangs on who asks. */
function asksForViewer(filter: PaperFilter | null | undefined): boolean {
  if (!filter) return false;
  const inner = [...(filter.and ?? []), ...(filter.or ?? []), filter.not];
  return filter.viewerHasUpvoted != null || inner.some(asksForViewer);
}

/** @returns the function with its answers remembered. */
function once<Key, T>(make: (key: Key) => T): (key: Key) => T {
  const made = new Map<Key, T>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key) as T;
  };
}

function orderOf({ orderBy }: PaperListArgs, { defaultOrder }: ListPlace, searched: boolean): PaperOrder[] {
  if (!orderBy?.length) return defaultOrder ?? [usualOrder(searched)];
  if (orderBy.length > MAX_ORDER) throw badInput("orderBy", `takes at most ${MAX_ORDER} values.`);
  return orderBy;
}

/** The same for all spellings of a list: default order or not, nulls, white space, values in another order. */
function fingerprintOf(
  { kind }: ListPlace,
  search: string,
  filter: PaperFilter | null,
  order: readonly PaperOrder[],
): Fingerprint {
  const words = search.trim().replace(/\s+/gu, " ");
  const keys = order.map(({ field, direction }) => `${field} ${direction}`);
  return fingerprint(["papers", kind, words, canonicalFilter(filter), keys]);
}

function usualOrder(searched: boolean): PaperOrder {
  return {
    field: searched ? PaperOrderField.RELEVANCE : PaperOrderField.PUBLISHED_AT,
    direction: OrderDirection.DESC,
  };
}
