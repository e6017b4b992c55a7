import { ArgsType, Args, Ctx, Field, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../context.js";
import { CalendarDate } from "../shared/scalars.js";
import { PageArgs } from "../shared/connection.js";
import { dailyPapers } from "./daily-papers.js";
import { PaperConnection } from "./paper-connection.js";
import { PaperOrder } from "./paper.order.js";

@ArgsType()
export class DailyPapersArgs extends PageArgs {
  @Field(() => CalendarDate, { nullable: true, description: "The papers of one day, in UTC." })
  date?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The papers of one ISO week, Monday to Sunday: `2026-W33`.",
  })
  week?: string | null;

  @Field(() => String, { nullable: true, description: "The papers of one month: `2026-08`." })
  month?: string | null;

  @Field(() => String, { nullable: true, description: "Only what this user submitted, by user name." })
  submitter?: string | null;

  @Field(() => [PaperOrder], { nullable: true, description: "What comes first. Without it: most upvotes." })
  orderBy?: PaperOrder[] | null;
}

@ObjectType({ description: "A day, week or month of Daily Papers." })
export class Period {
  @Field(() => CalendarDate, { description: "Its first day." })
  start: Date;

  @Field(() => CalendarDate, { description: "Its last day." })
  end: Date;

  @Field(() => CalendarDate, {
    nullable: true,
    description: "The first day of the nearest earlier day, week or month that has papers.",
  })
  previous: Date | null;

  @Field(() => CalendarDate, {
    nullable: true,
    description: "The first day of the nearest later day, week or month that has papers.",
  })
  next: Date | null;
}

@ObjectType({ description: "The papers that were put into Daily Papers in one period." })
export class DailyPapers {
  @Field(() => Period, { description: "The period." })
  period: Period;

  @Field(() => PaperConnection, { description: "Its papers." })
  papers: PaperConnection;
}

@Resolver()
export class DailyPapersResolver {
  @Query(() => DailyPapers, {
    description:
      "What was put into Daily Papers on a day, in a week or in a month: at most one of the three; without any, the latest day that has papers.",
  })
  dailyPapers(
    @Args(() => DailyPapersArgs) args: DailyPapersArgs,
    @Ctx() context: Context,
  ): Promise<DailyPapers> {
    return dailyPapers(context, args);
  }
}
