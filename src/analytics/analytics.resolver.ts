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
      "What grew most: the tags, organisations, … that have a larger share of the latest papers than of those of the window before; the surest growth first. Nothing when there are no papers in the window before.",
  })
  trends(@Args(() => TrendsArgs) args: TrendsArgs, @Ctx() context: Context): Promise<Trend[]> {
    return trends(context, args);
  }

  @Query(() => [CoOccurrence], {
    nullable: true,
    description:
      "What goes together: which tags stand on the same papers, which organisations publish on which tags, which organisations publish together; what is surest first.",
  })
  coOccurrences(
    @Args(() => CoOccurrencesArgs) args: CoOccurrencesArgs,
    @Ctx() context: Context,
  ): Promise<CoOccurrence[]> {
    return coOccurrences(context, args);
  }
}
