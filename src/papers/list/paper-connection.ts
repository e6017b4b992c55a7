import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import type { Page } from "../../shared/pagination/connection.js";
import type { Slice } from "../../shared/pagination/keyset.js";
import { Paper } from "../paper.entity.js";
import type { PaperList } from "./paper-list.sql.js";
import type { PaperEdge } from "../paper.store.js";

export enum CountRelation {
  EXACT = "EXACT",
  AT_LEAST = "AT_LEAST",
}

registerEnumType(CountRelation, {
  name: "CountRelation",
  description: "How a count relates to the truth.",
  valuesConfig: {
    EXACT: { description: "It is the number." },
    AT_LEAST: { description: "Counting stopped there: it is this or more." },
  },
});

/** The values are the names that the search has for the texts of a paper. */
export enum HighlightField {
  TITLE = "title",
  ABSTRACT = "abstract",
  AUTHORS = "authors",
  TAGS = "tags",
  ORGANISATIONS = "organisations",
}

registerEnumType(HighlightField, {
  name: "HighlightField",
  description: "A text of a paper in which a search can be found.",
  valuesConfig: {
    TITLE: { description: "The title, whole." },
    ABSTRACT: { description: "A window of the abstract, about 240 characters." },
    AUTHORS: { description: "The name of an author." },
    TAGS: { description: "The name of a tag." },
    ORGANISATIONS: { description: "The name of an organisation." },
  },
});

@ObjectType({
  simpleResolvers: true,
  description: "A part of a fragment: the same part in Unicode code points and in UTF-16 code units.",
})
export class TextRange {
  @Field(() => Int, { description: "The first code point, counted from 0." })
  start: number;

  @Field(() => Int, { description: "The code point behind the last one." })
  end: number;

  @Field(() => Int, {
    description: "The first UTF-16 code unit, counted from 0, as strings of JavaScript and Java count.",
  })
  startUtf16: number;

  @Field(() => Int, { description: "The UTF-16 code unit behind the last one." })
  endUtf16: number;
}

@ObjectType({ simpleResolvers: true, description: "Where a search was found in a paper." })
export class Highlight {
  @Field(() => HighlightField, { description: "The text that the fragment is from." })
  field: `${HighlightField}`;

  @Field(() => String, {
    description: "A piece of that text, without any markup: a whole title or name, a window of the abstract.",
  })
  fragment: string;

  @Field(() => Boolean, { description: "Whether text was cut off in front of the fragment." })
  startsInside: boolean;

  @Field(() => Boolean, { description: "Whether text was cut off behind the fragment." })
  endsInside: boolean;

  @Field(() => [TextRange], { description: "What was found in the fragment, in order, not overlapping." })
  ranges: TextRange[];
}

@ObjectType({ simpleResolvers: true, description: "How a search was understood." })
export class SearchInfo {
  @Field(() => String, {
    description: "The search as it was understood, in its own language: given again, it means the same.",
  })
  interpretedAs: string;

  @Field(() => Boolean, { description: "Whether papers match that have not all of the words." })
  relaxed: boolean;

  @Field(() => [String], { description: "What could not be read and was taken as plain words." })
  warnings: string[];
}

/** A list of papers and the page asked of it; its fields read it when they are selected. */
@ObjectType({ simpleResolvers: true, description: "A page of a list of papers." })
export class PaperConnection {
  constructor(
    readonly list: PaperList,
    readonly slice: Slice,
    readonly parent: number,
  ) {}
}

@ObjectType("PaperEdge", { simpleResolvers: true, description: "A paper with its place in a list." })
export class PaperEdgeType {
  @Field(() => String, { description: "The place, for `after` and `before`." })
  cursor: string;

  @Field(() => Paper, { description: "The paper." })
  node: Paper;

  @Field(() => Float, {
    nullable: true,
    description:
      "How well the paper fits the search: comparable within one list. Null without a search, and where so many papers match that this one was not ranked.",
  })
  score: number | null;
}

export type PaperPage = Page<PaperEdge>;
