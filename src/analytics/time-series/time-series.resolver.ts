import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { PaperConnection } from "../../papers/list/paper-connection.js";
import { timeSeries, TimeSeries, TimeSeriesArgs } from "./time-series.js";

@Resolver(() => PaperConnection)
export class TimeSeriesResolver {
  @FieldResolver(() => [TimeSeries], {
    nullable: true,
    description:
      "All papers that match over time, independent of the page: one series, or with `splitBy` one for each of the most frequent values. Intervals without papers have the count 0.",
  })
  timeSeries(
    @Root() connection: PaperConnection,
    @Args(() => TimeSeriesArgs) args: TimeSeriesArgs,
    @Ctx() { loaders, analytics }: Context,
  ): Promise<TimeSeries[]> {
    return timeSeries(loaders.analytics, analytics, connection, args);
  }
}
