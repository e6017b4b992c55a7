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
  description: "Whether a count is exact.",
  valuesConfig: {
    EXACT: { description: "The count is exact." },
    AT_LEAST: { description: "Counting stopped at a limit: the real number is this or more." },
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
  description: "A field of a paper in which a search can match.",
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
  description: "A range of a fragment, in Unicode code points and in UTF-16 code units.",
})
export class TextRange {
  @Field(() => Int, { description: "The start in code points, from 0." })
  start: number;

  @Field(() => Int, { description: "The end in code points, exclusive." })
  end: number;

  @Field(() => Int, {
    description: "The start in UTF-16 code units, from 0, as strings of JavaScript and Java count.",
  })
  startUtf16: number;

  @Field(() => Int, { description: "The end in UTF-16 code units, exclusive." })
  endUtf16: number;
}

@ObjectType({ simpleResolvers: true, description: "A place where a search matches a paper." })
export class Highlight {
  @Field(() => HighlightField, { description: "The field that the fragment is part of." })
  field: `${HighlightField}`;

  @Field(() => String, {
    description: "A part of that field as plain text: a whole title or name, or a window of the abstract.",
  })
  fragment: string;

  @Field(() => Boolean, { description: "Whether the text begins before the fragment." })
  startsInside: boolean;

  @Field(() => Boolean, { description: "Whether the text goes on after the fragment." })
  endsInside: boolean;

  @Field(() => [TextRange], { description: "The matches in the fragment, in order, not overlapping." })
  ranges: TextRange[];
}

@ObjectType({ simpleResolvers: true, description: "How a search was understood." })
export class SearchInfo {
  @Field(() => String, {
    description:
      "The search as it was understood, in the search language: as a search, it has the same results.",
  })
  interpretedAs: string;

  @Field(() => Boolean, { description: "Whether papers match that lack some of the search's words." })
  relaxed: boolean;

  @Field(() => [String], {
    description: "Parts of the search that could not be parsed and were treated as plain words.",
  })
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

@ObjectType("PaperEdge", { simpleResolvers: true, description: "A paper in a list." })
export class PaperEdgeType {
  @Field(() => String, { description: "The cursor of this item, for `after` and `before`." })
  cursor: string;

  @Field(() => Paper, { description: "The paper." })
  node: Paper;

  @Field(() => Float, {
    nullable: true,
    description:
      "The relevance of the paper to the search, comparable within one list. Null without a search, and where so many papers match that this one was not ranked.",
  })
  score: number | null;
}

export type PaperPage = Page<PaperEdge>;
