import {
  ArgsType,
  Args,
  Ctx,
  Field,
  FieldResolver,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { CalendarDate } from "../../shared/scalars.js";
import { papersIn, periodOf, readPeriod, type AskedPeriod, type PeriodArgs } from "./daily-papers.js";
import { PaperConnection } from "../list/paper-connection.js";
import { PaperListArgs } from "../list/paper-list.js";
import { PaperOrder } from "../list/paper.order.js";

/** Why the arguments for pages are deprecated: Relay and Apollo read pages where the connection is. */
const ON_PAPERS = (name: string) => ({
  deprecationReason: `Give \`${name}\` to \`DailyPapers.papers\`; here it holds where that has none.`,
});

@ArgsType()
export class DailyPapersArgs implements PeriodArgs, PaperListArgs {
  @Field(() => CalendarDate, { nullable: true, description: "The papers of one day, in UTC." })
  date?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The papers of one ISO week, Monday to Sunday: `2026-W33`.",
  })
  week?: string | null;

  @Field(() => String, { nullable: true, description: "The papers of one month: `2026-08`." })
  month?: string | null;

  @Field(() => String, { nullable: true, description: "Only papers that this user submitted, by user name." })
  submitter?: string | null;

  @Field(() => [PaperOrder], {
    nullable: true,
    description: "The order. Default: the most upvoted first.",
    ...ON_PAPERS("orderBy"),
  })
  orderBy?: PaperOrder[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "The first items, 0 to 100; 20 when neither `first` nor `last` is given.",
    ...ON_PAPERS("first"),
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Only items after this cursor.",
    ...ON_PAPERS("after"),
  })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "The last items, 0 to 100.", ...ON_PAPERS("last") })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Only items before this cursor.",
    ...ON_PAPERS("before"),
  })
  before?: string | null;
}

@ObjectType({ description: "A day, week or month of Daily Papers." })
export class Period {
  @Field(() => String, {
    description:
      "What `date`, `week` or `month` of `Query.dailyPapers` takes for it: `2026-08-21`, `2026-W34`, `2026-08`.",
  })
  key: string;

  @Field(() => String, {
    nullable: true,
    description: "The key of the nearest earlier period of the same kind that has papers.",
  })
  previousKey: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The key of the nearest later period of the same kind that has papers.",
  })
  nextKey: string | null;

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

/** A period that was asked for; its fields read it when they are selected. */
@ObjectType({ description: "The papers that were put into Daily Papers in one period." })
export class DailyPapers {
  constructor(
    readonly asked: AskedPeriod,
    /** For what `papers` is not given. */
    readonly defaults: PaperListArgs,
  ) {}
}

@Resolver(() => DailyPapers)
export class DailyPapersResolver {
  @Query(() => DailyPapers, {
    nullable: true,
    description:
      "The Daily Papers of a day, a week or a month: at most one of the three arguments. Default: the latest day that has papers.",
  })
  async dailyPapers(
    @Args(() => DailyPapersArgs) args: DailyPapersArgs,
    @Ctx() context: Context,
  ): Promise<DailyPapers> {
    const { orderBy, first, after, last, before } = args;
    return new DailyPapers(await readPeriod(context, args), { orderBy, first, after, last, before });
  }

  @FieldResolver(() => Period, { description: "The period." })
  period(@Root() { asked }: DailyPapers, @Ctx() context: Context): Promise<Period> {
    return periodOf(context, asked);
  }

  @FieldResolver(() => PaperConnection, {
    nullable: true,
    description: "The period's papers, the most upvoted first.",
  })
  papers(
    @Root() { asked, defaults }: DailyPapers,
    @Args(() => PaperListArgs) args: PaperListArgs,
    @Ctx() context: Context,
  ): Promise<PaperConnection> {
    return papersIn(context, withDefaults(args, defaults), asked);
  }
}

/** A page has one size and one place, so what tells of these is taken from one of the two. */
function withDefaults(args: PaperListArgs, defaults: PaperListArgs): PaperListArgs {
  const size = args.first == null && args.last == null ? defaults : args;
  const place = args.after == null && args.before == null ? defaults : args;
  return {
    search: args.search,
    filter: args.filter,
    orderBy: args.orderBy ?? defaults.orderBy,
    first: size.first,
    last: size.last,
    after: place.after,
    before: place.before,
  };
}
