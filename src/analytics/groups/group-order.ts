import sql from "sql-template-tag";
import { Field, InputType, registerEnumType } from "type-graphql";
import type { SortKey } from "../../shared/pagination/keyset.js";
import { OrderDirection } from "../../shared/order-direction.js";
import type { GroupCounts } from "./group-counts.js";

export enum GroupMetric {
  KEY = "KEY",
  COUNT = "COUNT",
  UPVOTES_SUM = "UPVOTES_SUM",
  UPVOTES_AVG = "UPVOTES_AVG",
}

registerEnumType(GroupMetric, {
  name: "GroupMetric",
  description: "The metrics that groups can be ordered by.",
  valuesConfig: {
    KEY: { description: "The keys, the first key first, by code points." },
    COUNT: { description: "The number of papers." },
    UPVOTES_SUM: { description: "The sum of its papers' upvotes." },
    UPVOTES_AVG: { description: "The average upvotes of its papers." },
  },
});

@InputType({ description: "The order of groups. Ties are broken by key, in ascending order." })
export class GroupOrder {
  @Field(() => GroupMetric, { description: "The field to order by." })
  by: GroupMetric;

  @Field(() => OrderDirection, { description: "The direction." })
  direction: OrderDirection = OrderDirection.DESC;
}

export const DEFAULT_GROUP_ORDER: GroupOrder = { by: GroupMetric.COUNT, direction: OrderDirection.DESC };

/** @returns the sort keys over `g`, a row of the groups' table, and where the names are; the keys part all ties. */
export function groupSortKeys({ keys }: GroupCounts, order: GroupOrder | null | undefined): SortKey[] {
  const { by, direction } = order ?? DEFAULT_GROUP_ORDER;
  const byKey = keys.map((expression): SortKey => ({
    expression,
    type: "text",
    nullable: false,
    direction: by === GroupMetric.KEY ? direction : "ASC",
  }));
  if (by === GroupMetric.KEY) return byKey;
  return [{ ...METRICS[by], nullable: false, direction }, ...byKey];
}

/** Whether the order reads `g.upvotes`. */
export function needsUpvotes(order: GroupOrder | null | undefined): boolean {
  return order?.by === GroupMetric.UPVOTES_SUM || order?.by === GroupMetric.UPVOTES_AVG;
}

const METRICS: Record<Exclude<GroupMetric, GroupMetric.KEY>, Pick<SortKey, "expression" | "type">> = {
  COUNT: { expression: sql`g.count`, type: "bigint" },
  UPVOTES_SUM: { expression: sql`g.upvotes`, type: "bigint" },
  UPVOTES_AVG: { expression: sql`(g.upvotes::double precision / g.count)`, type: "double precision" },
};
