import { ArgsType, Field, Int, ObjectType } from "type-graphql";
import { badInput } from "../errors.js";
import { wholeNumber } from "../validate-input.js";
import { decodeCursor, encodeCursor, type CursorValues, type Fingerprint } from "./cursor.js";
import type { Slice, SortKey } from "./keyset.js";

export const DEFAULT_PAGE = 20;
export const MAX_PAGE = 100;

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: "The first items, 0 to 100; 20 when neither `first` nor `last` is given.",
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only items after this cursor." })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "The last items, 0 to 100." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only items before this cursor." })
  before?: string | null;
}

/** What REST may ask for beside GraphQL's arguments. */
export interface PageRequest extends PageArgs {
  /** How many to pass over, for pages by number. */
  skip?: number;
  /** The most that may be asked for at once. */
  largest?: number;
}

@ObjectType({
  simpleResolvers: true,
  description: "The cursors of a page, and whether there are pages before and after it.",
})
export class PageInfo {
  @Field(() => Boolean, { description: "Whether there are items after this page." })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: "Whether there are items before this page." })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The cursor of the first item; null on an empty page.",
  })
  startCursor: string | null;

  @Field(() => String, { nullable: true, description: "The cursor of the last item; null on an empty page." })
  endCursor: string | null;
}

/** One row of a list with its place in it. */
export interface Edge<T> {
  readonly cursor: string;
  node: T;
}

export interface Page<E> {
  edges: E[];
  pageInfo: PageInfo;
}

/**
 * @param path what stands in front of the arguments' names in errors: "" or "papers.".
 * @throws BAD_USER_INPUT or BAD_CURSOR naming the argument.
 */
export function readPageArgs(args: PageRequest, list: Fingerprint, keys: readonly SortKey[]): Slice {
  if (args.first != null && args.last != null)
    throw badInput("last", "goes without `first`: give one of the two.");
  const largest = args.largest ?? MAX_PAGE;
  return {
    limit: pageSize(args.first, "first", largest) ?? pageSize(args.last, "last", largest) ?? DEFAULT_PAGE,
    ...(args.skip && { skip: args.skip }),
    backward: args.last != null,
    after: args.after == null ? null : decodeCursor(args.after, list, keys, "after"),
    before: args.before == null ? null : decodeCursor(args.before, list, keys, "before"),
  };
}

function pageSize(value: number | null | undefined, argument: string, largest: number): number | null {
  if (value == null) return null;
  return wholeNumber(value, argument, 0, largest);
}

/** What keysetSelect adds to each row. */
export type KeysetRow = Record<`key_${number}`, string | null>;

/**
 * Makes a page of what keysetSelect gave: one row more than asked for tells that there is more.
 * @param toEdge is given the cursor as a function: most pages are read without them.
 */
export function toPage<R extends KeysetRow, E extends { readonly cursor: string }>(
  rows: readonly R[],
  slice: Slice,
  list: Fingerprint,
  keyCount: number,
  toEdge: (row: R, cursorOf: () => string) => E,
): Page<E> {
  const more = rows.length > slice.limit;
  const kept = rows.slice(0, slice.limit);
  if (slice.backward) kept.reverse();
  const edges = kept.map((row) => toEdge(row, () => encodeCursor(list, cursorValues(row, keyCount))));
  return {
    edges,
    pageInfo: {
      hasNextPage: slice.backward ? slice.before !== null : more,
      hasPreviousPage: slice.backward ? more : slice.after !== null,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
  };
}

function cursorValues(row: KeysetRow, count: number): CursorValues {
  return Array.from({ length: count }, (_, index) => row[`key_${index + 1}`] ?? null);
}
