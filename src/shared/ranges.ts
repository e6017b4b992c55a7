import { Field, InputType, Int } from "type-graphql";
import sql, { join, type Sql } from "sql-template-tag";
import { parseMoment } from "./dates.js";
import { wholeNumber } from "./validate-input.js";
import { DateTime } from "./scalars.js";

@InputType({ description: "A range of integers, both bounds included. A missing bound is open." })
export class IntRange {
  @Field(() => Int, { nullable: true, description: "The smallest value." })
  gte?: number | null;

  @Field(() => Int, { nullable: true, description: "The greatest value." })
  lte?: number | null;
}

@InputType({
  description: "A half-open range of time: `gte` is included, `lt` is not. A missing bound is open.",
})
export class DateRange {
  @Field(() => DateTime, { nullable: true, description: "At this moment or later." })
  gte?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Before this moment." })
  lt?: string | null;
}

/** @returns the condition that `column` lies in the range; a column without value never does. */
export function inIntRange(column: Sql, range: IntRange, argument: string): Sql {
  const conditions = [sql`${column} IS NOT NULL`];
  if (range.gte != null)
    conditions.push(sql`${column} >= ${wholeNumber(range.gte, `${argument}.gte`, -2_147_483_648)}`);
  if (range.lte != null)
    conditions.push(sql`${column} <= ${wholeNumber(range.lte, `${argument}.lte`, -2_147_483_648)}`);
  return join(conditions, " AND ");
}

/** @returns the condition that `column` lies in the range; a column without value never does. */
export function inDateRange(column: Sql, range: DateRange, argument: string): Sql {
  const conditions = [sql`${column} IS NOT NULL`];
  if (range.gte != null) conditions.push(sql`${column} >= ${parseMoment(range.gte, `${argument}.gte`)}`);
  if (range.lt != null) conditions.push(sql`${column} < ${parseMoment(range.lt, `${argument}.lt`)}`);
  return join(conditions, " AND ");
}
