import { Field, InputType, registerEnumType } from "type-graphql";
import sql from "sql-template-tag";
import { badInput } from "../../shared/errors.js";
import type { SortKey } from "../../shared/pagination/keyset.js";
import { OrderDirection } from "../../shared/order-direction.js";

export enum PaperOrderField {
  RELEVANCE = "RELEVANCE",
  TRENDING = "TRENDING",
  UPVOTES = "UPVOTES",
  COMMENTS = "COMMENTS",
  PUBLISHED_AT = "PUBLISHED_AT",
  SUBMITTED_AT = "SUBMITTED_AT",
  CODE_STARS = "CODE_STARS",
  CITATIONS = "CITATIONS",
  TITLE = "TITLE",
}

registerEnumType(PaperOrderField, {
  name: "PaperOrderField",
  description: "The fields that papers can be ordered by.",
  valuesConfig: {
    RELEVANCE: {
      description:
        "The relevance of the paper to the search; requires a search. Where many thousands of papers match, some thousands of the best-known ones are ranked, and the others follow unranked.",
    },
    TRENDING: {
      description:
        "Upvotes against age: log10(1 + upvotes) + days since 1970 / 7, the day being that of submission to Daily Papers, else of publication. Ten times the upvotes weigh as much as a week.",
    },
    UPVOTES: { description: "The number of upvotes." },
    COMMENTS: { description: "The number of comments." },
    PUBLISHED_AT: { description: "When the paper was published." },
    SUBMITTED_AT: { description: "When the paper was put into Daily Papers." },
    CODE_STARS: { description: "Stars of the code repository." },
    CITATIONS: { description: "The number of citations." },
    TITLE: { description: "The title; case, accents and hyphens do not matter." },
  },
});

@InputType({ description: "A field to order papers by, and the direction. Ties are broken by id." })
export class PaperOrder {
  @Field(() => PaperOrderField, { description: "The field to order by." })
  field: PaperOrderField;

  @Field(() => OrderDirection, { description: "The direction." })
  direction: OrderDirection = OrderDirection.DESC;
}

type Column = Pick<SortKey, "expression" | "type" | "nullable">;

/**
 * TRENDING is Reddit's "hot" (github.com/reddit-archive/reddit, r2/r2/lib/db/_sorts.pyx): a logarithm of the votes plus
 * the time, so that a paper's value changes only when it is voted for and an index can hold it. Reddit's unit is 12.5
 * hours for a factor of ten; papers live longer, ours is a week. The column is made in the migration create-catalogue.
 */
const COLUMNS: Record<Exclude<PaperOrderField, PaperOrderField.RELEVANCE>, Column> = {
  TRENDING: { expression: sql`p.trending`, type: "double precision", nullable: false },
  UPVOTES: { expression: sql`p.upvote_count`, type: "integer", nullable: false },
  COMMENTS: { expression: sql`p.comment_count`, type: "integer", nullable: false },
  PUBLISHED_AT: { expression: sql`p.published_at`, type: "timestamptz", nullable: false },
  SUBMITTED_AT: { expression: sql`p.submitted_at`, type: "timestamptz", nullable: true },
  CODE_STARS: { expression: sql`p.code_stars`, type: "integer", nullable: true },
  CITATIONS: { expression: sql`p.citation_count`, type: "integer", nullable: true },
  TITLE: { expression: sql`p.title_key`, type: "text", nullable: false },
};

/**
 * @param relevance of a search's column `relevance`: whether some matches have none; null without a search.
 * @returns the sort keys over `p`, a row of paper_records, ending with the id so that no two rows tie. The id goes the
 * way of the first key: then one index (key, id) serves both directions.
 * @throws BAD_USER_INPUT for RELEVANCE without a search, and for a field named twice.
 */
export function paperSortKeys(
  order: readonly PaperOrder[],
  relevance: { nullable: boolean } | null,
): SortKey[] {
  const keys: SortKey[] = order.map(({ field, direction }, index) => {
    const argument = `orderBy[${index}].field`;
    if (order.findIndex((other) => other.field === field) < index)
      throw badInput(argument, `takes each field once; ${field} is there twice.`);
    if (field !== PaperOrderField.RELEVANCE) return { ...COLUMNS[field], direction };
    if (!relevance) throw badInput(argument, "takes RELEVANCE only together with `search`.");
    return { expression: sql`p.relevance`, type: "double precision", ...relevance, direction };
  });
  return [
    ...keys,
    { expression: sql`p.id`, type: "integer", nullable: false, direction: keys[0]?.direction ?? "DESC" },
  ];
}
