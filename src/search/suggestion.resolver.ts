import { Arg, Ctx, Field, ID, Int, ObjectType, Query, registerEnumType, Resolver } from "type-graphql";
import type { Context } from "../context.js";
import { cleanText, DEFAULT_FEW, wholeNumber } from "../shared/input.js";
import { autocomplete, type SearchSuggestion } from "./autocomplete.js";

const MAX_SUGGESTIONS = 50;
const MAX_PREFIX = 100;

export enum SuggestionType {
  PAPER = "PAPER",
  ORGANISATION = "ORGANISATION",
  TAG = "TAG",
  AUTHOR = "AUTHOR",
}

registerEnumType(SuggestionType, {
  name: "SuggestionType",
  description: "What can be suggested.",
  valuesConfig: {
    PAPER: { description: "A paper, by its title." },
    ORGANISATION: { description: "An organisation, by its name." },
    TAG: { description: "A tag, by its name." },
    AUTHOR: { description: "An author, by name." },
  },
});

@ObjectType({ simpleResolvers: true, description: "Something that the person typing may mean." })
export class Suggestion {
  @Field(() => SuggestionType, { description: "What it is." })
  type: SuggestionType;

  @Field(() => ID, { nullable: true, description: "Its global id; null for an author." })
  id: string | null;

  @Field(() => String, { description: "The title or name to show." })
  label: string;

  @Field(() => Int, { nullable: true, description: "How many papers it has; null for a paper." })
  paperCount: number | null;
}

@Resolver()
export class SuggestionResolver {
  @Query(() => [Suggestion], {
    nullable: true,
    description:
      "What a search box may offer while somebody types: what begins so or has a later word that does, the most used first; behind it what one wrong letter keeps from beginning so.",
  })
  autocomplete(
    @Arg("prefix", () => String, {
      description: `What has been typed so far, at most ${MAX_PREFIX} characters; case and accents do not matter.`,
    })
    prefix: string,
    @Arg("types", () => [SuggestionType], { nullable: true, description: "Which kinds; all without it." })
    types: SuggestionType[] | null | undefined,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: DEFAULT_FEW,
      description: `How many, 1 to ${MAX_SUGGESTIONS}.`,
    })
    first: number | null,
    @Ctx() { db }: Context,
  ): Promise<SearchSuggestion[]> {
    return autocomplete(db, {
      prefix: cleanText(prefix, "prefix", MAX_PREFIX),
      types: types ?? Object.values(SuggestionType),
      first: wholeNumber(first ?? DEFAULT_FEW, "first", 1, MAX_SUGGESTIONS),
    });
  }
}
