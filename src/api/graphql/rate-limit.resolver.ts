import { Ctx, Field, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { DateTime } from "../../shared/scalars.js";
import { secondsUntilReset } from "../../platform/rate-limiting/rate-limited.js";

@ObjectType({ description: "The points that the caller may spend, and has." })
export class RateLimit {
  @Field(() => Int, { description: "How many a minute." })
  limit: number;

  @Field(() => Int, { description: "What this operation costs, counted before it runs." })
  cost: number;

  @Field(() => Int, { description: "How many are left, this operation paid." })
  remaining: number;

  @Field(() => Int, { description: "How many are spent, this operation included." })
  used: number;

  @Field(() => DateTime, { description: "When all are there again." })
  resetAt: Date;
}

@Resolver()
export class RateLimitResolver {
  @Query(() => RateLimit, {
    nullable: true,
    description:
      "The limit of the signed-in user, for all of their access tokens together, or of the caller's network address; null when this server has none.",
  })
  rateLimit(@Ctx() { budget, operationCost }: Context): RateLimit | null {
    if (!budget) return null;
    const { left } = budget;
    const { limit, remaining } = left;
    const resetAt = new Date(Date.now() + secondsUntilReset(left) * 1_000);
    const cost = operationCost?.points ?? 0;
    return { limit, remaining, used: limit - remaining, cost, resetAt };
  }
}
