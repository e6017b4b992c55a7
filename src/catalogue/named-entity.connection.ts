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
  RELEVANCE: "How well the name fits the search; only with a search.",
  NAME: "The name; case, accents and hyphens do not matter.",
  PAPER_COUNT: "The number of papers.",
  UPVOTES: "The upvotes of all the papers; follows upvotes within seconds.",
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
    description: `What ${many} can be ordered by.`,
    valuesConfig: Object.fromEntries(orders.map((field) => [field, { description: ORDERS[field] }])),
  });

  @InputType(`${name}Order`, { description: `One thing to order ${many} by. Ties are always broken by id.` })
  class Order {
    @Field(() => OrderField, { description: "What to order by." })
    field: NameOrderField;

    @Field(() => OrderDirection, { description: "Which end comes first." })
    direction: OrderDirection = OrderDirection.DESC;
  }

  @InputType(`${name}Filter`, { description: `Which ${many}. All fields that are given must hold.` })
  class Filter {
    @Field(() => [ID], { nullable: true, description: "These: global ids or slugs, at most 100." })
    ids?: string[] | null;

    @Field(() => IntRange, { nullable: true, description: "By the number of papers." })
    paperCount?: IntRange | null;
  }

  @ArgsType()
  class Args extends PageArgs implements NameListArgs {
    @Field(() => String, {
      nullable: true,
      description: "Words of the name, or their beginnings; all must be there. The first 20 words are read.",
    })
    search?: string | null;

    @Field(() => Filter, { nullable: true, description: `Which ${many}.` })
    filter?: Filter | null;

    @Field(() => [Order], {
      nullable: true,
      description: "What comes first. Without it: by relevance with a search, else most papers.",
    })
    orderBy?: Order[] | null;
  }

  @ObjectType(`${name}Edge`, { description: `One of the ${many} with its place in a list.` })
  class EdgeOf implements NameEdge<T> {
    @Field(() => String, { description: "The place, for `after` and `before`." })
    cursor: string;

    @Field(() => of, { description: "What stands there." })
    node: T;

    @Field(() => Float, {
      nullable: true,
      description: "How well the name fits the search; null without a search.",
    })
    score: number | null;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${many}.` })
  class Connection {
    constructor(readonly list: NameList<T>) {}
  }

  @Resolver(() => Connection)
  class ConnectionResolver {
    @FieldResolver(() => [EdgeOf], { description: `The page's ${many} with their places in the list.` })
    async edges(@Root() { list }: Connection): Promise<EdgeOf[]> {
      return (await list.page()).edges;
    }

    @FieldResolver(() => [of], { description: `The page's ${many}.` })
    async nodes(@Root() { list }: Connection): Promise<T[]> {
      return (await list.page()).edges.map((edge) => edge.node);
    }

    @FieldResolver(() => PageInfo, { description: "Where the page stands in the list." })
    async pageInfo(@Root() { list }: Connection): Promise<PageInfo> {
      return (await list.page()).pageInfo;
    }

    @FieldResolver(() => Int, {
      description: `How many ${many} the list holds; counted only when it is selected.`,
    })
    totalCount(@Root() { list }: Connection): Promise<number> {
      return list.count();
    }
  }

  return { Args, Connection, ConnectionResolver };
}
