import { Args, Ctx, Query, Resolver } from "type-graphql";
import type { Context } from "../context/request-context.js";
import { CoOccurrence, coOccurrences, CoOccurrencesArgs } from "./co-occurrences/co-occurrences.js";
import { Trend, trends, TrendsArgs } from "./trends/trends.js";

/** Questions about papers whose answer is no list of papers. */
@Resolver()
export class AnalyticsResolver {
  @Query(() => [Trend], {
    nullable: true,
    description:
      "The tags, organisations, … whose share of the papers grew most between the previous window and the latest one; the growth with the most evidence first. Empty if the previous window has no papers.",
  })
  trends(@Args(() => TrendsArgs) args: TrendsArgs, @Ctx() context: Context): Promise<Trend[]> {
    return trends(context, args);
  }

  @Query(() => [CoOccurrence], {
    nullable: true,
    description:
      "Values that occur together: tags of the same papers, organisations and the tags they publish on, organisations that publish together; the pairs with the most evidence first.",
  })
  coOccurrences(
    @Args(() => CoOccurrencesArgs) args: CoOccurrencesArgs,
    @Ctx() context: Context,
  ): Promise<CoOccurrence[]> {
    return coOccurrences(context, args);
  }
}
