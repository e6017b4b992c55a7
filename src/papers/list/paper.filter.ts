import { Field, ID, InputType } from "type-graphql";
import { DateRange, IntRange } from "../../shared/ranges.js";

@InputType({
  description: "Conditions on a set of values, at most 100 values each. All given conditions must match.",
})
export class SetFilter {
  @Field(() => [String], {
    nullable: true,
    description: "At least one of these; an empty list matches nothing.",
  })
  anyOf?: string[] | null;

  @Field(() => [String], { nullable: true, description: "All of these." })
  allOf?: string[] | null;

  @Field(() => [String], { nullable: true, description: "None of these." })
  noneOf?: string[] | null;
}

/** Compiled to SQL in paper-filter-sql.ts; a field here has its line there. */
@InputType({
  description:
    "A filter of papers. All given conditions must match. Nested at most 10 deep, at most 100 conditions in all.",
})
export class PaperFilter {
  @Field(() => [PaperFilter], {
    nullable: true,
    description: "All of these filters must match; an empty list matches everything.",
  })
  and?: PaperFilter[] | null;

  @Field(() => [PaperFilter], {
    nullable: true,
    description: "At least one of these filters must match; an empty list matches nothing.",
  })
  or?: PaperFilter[] | null;

  @Field(() => PaperFilter, {
    nullable: true,
    description:
      "The filter must not match; papers without a value for one of its conditions do not match it.",
  })
  not?: PaperFilter | null;

  @Field(() => [ID], {
    nullable: true,
    description: "These papers: global ids, arXiv ids or other sources' ids, or addresses.",
  })
  ids?: string[] | null;

  @Field(() => SetFilter, { nullable: true, description: "By tags: their ids, slugs or names." })
  tags?: SetFilter | null;

  @Field(() => SetFilter, { nullable: true, description: "By organisations: their ids or slugs." })
  organisations?: SetFilter | null;

  @Field(() => SetFilter, {
    nullable: true,
    description: "By authors: their ids, or their names as they are written in the papers.",
  })
  authors?: SetFilter | null;

  @Field(() => DateRange, { nullable: true, description: "By the moment of publication." })
  publishedAt?: DateRange | null;

  @Field(() => DateRange, {
    nullable: true,
    description: "By the moment at which the paper was put into Daily Papers.",
  })
  submittedAt?: DateRange | null;

  @Field(() => IntRange, { nullable: true, description: "By the year of publication, in UTC." })
  year?: IntRange | null;

  @Field(() => IntRange, { nullable: true, description: "By the number of upvotes." })
  upvotes?: IntRange | null;

  @Field(() => IntRange, { nullable: true, description: "By the number of comments." })
  comments?: IntRange | null;

  @Field(() => IntRange, { nullable: true, description: "By the stars of the code repository." })
  codeStars?: IntRange | null;

  @Field(() => Boolean, { nullable: true, description: "Whether a code repository is known." })
  hasCode?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: "Whether a project page is known." })
  hasProject?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: "Whether an organisation is known." })
  hasOrganisation?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "By the user name of the user who put the paper into Daily Papers.",
  })
  submittedBy?: string | null;

  @Field(() => String, { nullable: true, description: "By the venue: the value of `Paper.venue`." })
  venue?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether the viewer has upvoted the paper; never, when anonymous.",
  })
  viewerHasUpvoted?: boolean | null;
}
