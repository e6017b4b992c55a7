import { ArgsType, Field } from "type-graphql";
import type { Context } from "../context/request-context.js";
import type { PaperConnection } from "../papers/list/paper-connection.js";
import { paperConnection, type ListPlace } from "../papers/list/paper-list.js";
import { PaperFilter } from "../papers/list/paper.filter.js";
import { PaperOrderField } from "../papers/list/paper.order.js";
import { OrderDirection } from "../shared/order-direction.js";

@ArgsType()
export class AnalysedPapersArgs {
  @Field(() => String, {
    nullable: true,
    description: "Only papers that match this search, in the language of `Query.papers(search:)`.",
  })
  search?: string | null;

  @Field(() => PaperFilter, { nullable: true, description: "Only these papers." })
  filter?: PaperFilter | null;
}

/**
 * @returns the papers that a question of its own is about, in an order that needs no ranking.
 * @throws BAD_USER_INPUT naming the argument.
 */
export function analysedPapers(
  context: Context,
  { search, filter }: AnalysedPapersArgs,
  place: ListPlace,
): Promise<PaperConnection> {
  const orderBy = [{ field: PaperOrderField.PUBLISHED_AT, direction: OrderDirection.DESC }];
  return paperConnection(context, { search, filter, orderBy }, place);
}
