import { Arg, Ctx, Field, Int, ObjectType, Query, registerEnumType, Resolver } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { findNodes } from "../../catalogue/find-nodes.js";
import { Node } from "../../shared/node.js";
import { cleanText, DEFAULT_FEW, wholeNumber } from "../../shared/validate-input.js";
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
  description: "The kinds of suggestions.",
  valuesConfig: {
    PAPER: { description: "A paper, by its title." },
    ORGANISATION: { description: "An organisation, by its name." },
    TAG: { description: "A tag, by its name." },
    AUTHOR: { description: "An author, by name." },
  },
});

@ObjectType({ simpleResolvers: true, description: "A completion of the typed text." })
export class Suggestion {
  @Field(() => SuggestionType, { description: "The kind of object." })
  type: SuggestionType;

  @Field(() => String, { description: "The title or name to show." })
  label: string;

  @Field(() => Int, { nullable: true, description: "The number of its papers; null for a paper." })
  paperCount: number | null;

  @Field(() => String, {
    nullable: true,
    description: "The slug of an organisation, tag or author; the id that a paper has at its source.",
  })
  slug: string | null;

  @Field(() => Node, {
    nullable: true,
    description: "The suggested object.",
  })
  node?: Node | null | Promise<Node | null>;
}

/** @returns the suggestions, whose nodes are read together when the first of them is asked for. */
function withNodes(suggestions: readonly SearchSuggestion[], context: Context): Suggestion[] {
  let reading: Promise<(Node | null)[]> | null = null;
  const nodes = () =>
    (reading ??= findNodes(
      suggestions.map(({ nodeId }) => nodeId),
      context,
    ));
  return suggestions.map(({ type, slug, label, paperCount }, index) => ({
    type: SuggestionType[type],
    slug,
    label,
    paperCount,
    get node() {
      return nodes().then((found) => found[index] ?? null);
    },
  }));
}

@Resolver()
export class SuggestionResolver {
  @Query(() => [Suggestion], {
    nullable: true,
    description:
      "Completions for a search box: names and titles that begin with the prefix or have a later word that does, the most used first; after them those that match the prefix with one typing error.",
  })
  async autocomplete(
    @Arg("prefix", () => String, {
      description: `The text typed so far, at most ${MAX_PREFIX} characters; case and accents are ignored.`,
    })
    prefix: string,
    @Arg("types", () => [SuggestionType], {
      nullable: true,
      description: "The kinds to suggest. Default: all.",
    })
    types: SuggestionType[] | null | undefined,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: DEFAULT_FEW,
      description: `How many, 1 to ${MAX_SUGGESTIONS}.`,
    })
    first: number | null,
    @Ctx() context: Context,
  ): Promise<Suggestion[]> {
    const suggestions = await autocomplete(context.db, {
      prefix: cleanText(prefix, "prefix", MAX_PREFIX),
      types: types ?? Object.values(SuggestionType),
      first: wholeNumber(first ?? DEFAULT_FEW, "first", 1, MAX_SUGGESTIONS),
    });
    return withNodes(suggestions, context);
  }
}
