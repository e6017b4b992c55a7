import { Ctx, Field, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { DateTime } from "../../shared/scalars.js";
import { secondsUntilReset } from "../../platform/rate-limiting/rate-limited.js";

@ObjectType({ description: "The caller's rate limit, in points." })
export class RateLimit {
  @Field(() => Int, { description: "Points per minute." })
  limit: number;

  @Field(() => Int, { description: "The points of this operation, computed before it runs." })
  cost: number;

  @Field(() => Int, { description: "Points left after this operation." })
  remaining: number;

  @Field(() => Int, { description: "Points used, this operation included." })
  used: number;

  @Field(() => DateTime, { description: "When the full number is available again." })
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
