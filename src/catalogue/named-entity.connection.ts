import {
  ArgsType,
  Field,
  FieldResolver,
  Float,
  ID,
  InputType,
  Int,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
  type ClassType,
} from "type-graphql";
import { PageArgs, PageInfo } from "../shared/pagination/connection.js";
import type { NameEdge, NameList, NameListArgs } from "./named-entity.store.js";
import { OrderDirection } from "../shared/order-direction.js";
import { IntRange } from "../shared/ranges.js";

/** The GraphQL types with which organisations and tags are listed; they differ in their names alone. */
export interface NameConnection<T> {
  Args: ClassType<NameListArgs & PageArgs>;
  Connection: ClassType & (new (list: NameList<T>) => object);
  ConnectionResolver: ClassType;
}

type NameOrderField = NonNullable<NameListArgs["orderBy"]>[number]["field"];

const ORDERS: Record<NameOrderField, string> = {
  RELEVANCE: "The relevance of the name to the search; requires a search.",
  NAME: "The name; case, accents and hyphens do not matter.",
  PAPER_COUNT: "The number of papers.",
  UPVOTES: "The sum of the papers' upvotes; updated within seconds of an upvote.",
};
const NAME_ORDERS = Object.keys(ORDERS) as NameOrderField[];

/**
 * @param name the type's name: `Tag`.
 * @param many the word for several of them: `tags`.
 * @param orders what they can be ordered by.
 */
export function nameConnection<T extends object>(
  of: ClassType<T>,
  name: string,
  many: string,
  orders: readonly NameOrderField[] = NAME_ORDERS,
): NameConnection<T> {
  const OrderField = Object.fromEntries(orders.map((field) => [field, field])) as Record<
    NameOrderField,
    NameOrderField
  >;
  registerEnumType(OrderField, {
    name: `${name}OrderField`,
    description: `The fields that ${many} can be ordered by.`,
    valuesConfig: Object.fromEntries(orders.map((field) => [field, { description: ORDERS[field] }])),
  });

  @InputType(`${name}Order`, {
    description: `A field to order ${many} by, and the direction. Ties are broken by id.`,
  })
  class Order {
    @Field(() => OrderField, { description: "The field to order by." })
    field: NameOrderField;

    @Field(() => OrderDirection, { description: "The direction." })
    direction: OrderDirection = OrderDirection.DESC;
  }

  @InputType(`${name}Filter`, { description: `A filter of ${many}. All given conditions must match.` })
  class Filter {
    @Field(() => [ID], { nullable: true, description: "By ids: global ids or slugs, at most 100." })
    ids?: string[] | null;

    @Field(() => IntRange, { nullable: true, description: "By the number of papers." })
    paperCount?: IntRange | null;
  }

  @ArgsType()
  class Args extends PageArgs implements NameListArgs {
    @Field(() => String, {
      nullable: true,
      description:
        "Words of the name or their prefixes; all must match. Words after the first 20 are ignored.",
    })
    search?: string | null;

    @Field(() => Filter, { nullable: true, description: `Only ${many} that match this filter.` })
    filter?: Filter | null;

    @Field(() => [Order], {
      nullable: true,
      description: "The order. Default: by relevance with a search, otherwise the most papers first.",
    })
    orderBy?: Order[] | null;
  }

  @ObjectType(`${name}Edge`, { description: `An item of a list of ${many}.` })
  class EdgeOf implements NameEdge<T> {
    @Field(() => String, { description: "The cursor of this item, for `after` and `before`." })
    cursor: string;

    @Field(() => of, { description: "The item." })
    node: T;

    @Field(() => Float, {
      nullable: true,
      description: "The relevance of the name to the search; null without a search.",
    })
    score: number | null;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${many}.` })
  class Connection {
    constructor(readonly list: NameList<T>) {}
  }

  @Resolver(() => Connection)
  class ConnectionResolver {
    @FieldResolver(() => [EdgeOf], { description: `The page's ${many} with their cursors.` })
    async edges(@Root() { list }: Connection): Promise<EdgeOf[]> {
      return (await list.page()).edges;
    }

    @FieldResolver(() => [of], { description: `The page's ${many}.` })
    async nodes(@Root() { list }: Connection): Promise<T[]> {
      return (await list.page()).edges.map((edge) => edge.node);
    }

    @FieldResolver(() => PageInfo, {
      description: "The page's cursors, and whether there are pages before and after it.",
    })
    async pageInfo(@Root() { list }: Connection): Promise<PageInfo> {
      return (await list.page()).pageInfo;
    }

    @FieldResolver(() => Int, {
      description: `The number of ${many} in the whole list; counted only when selected.`,
    })
    totalCount(@Root() { list }: Connection): Promise<number> {
      return list.count();
    }
  }

  return { Args, Connection, ConnectionResolver };
}
