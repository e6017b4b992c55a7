import { Type } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Context } from "../../context/request-context.js";
import { badInput } from "../../shared/errors.js";
import { paperConnection, type ListPlace, type PaperListArgs } from "../../papers/list/paper-list.js";
import type { PaperList } from "../../papers/list/paper-list.sql.js";
import type { PaperFilter } from "../../papers/list/paper.filter.js";
import { PaperOrderField, type PaperOrder } from "../../papers/list/paper.order.js";
import { OrderDirection } from "../../shared/order-direction.js";
import type { IntRange } from "../../shared/ranges.js";
import type { Door } from "./rest-context.js";
import { CountRelation } from "../../papers/list/paper-connection.js";
import { countOf, linkNext, pageArgs, pageOf } from "./pagination.js";
import { paperRecords } from "./presenters/paper-records.js";
import type { SearchItem } from "./schemas/paper.schema.js";
import { cursor, MAX_FOUND, paperFilter, pageNumber, query } from "./schemas/parameters.js";
import { highlightRuns } from "./presenters/highlights.presenter.js";
import { writeSearchItem } from "./presenters/paper.presenter.js";

const SORTS = {
  relevance: PaperOrderField.RELEVANCE,
  trending: PaperOrderField.TRENDING,
  upvotes: PaperOrderField.UPVOTES,
  comments: PaperOrderField.COMMENTS,
  publishedAt: PaperOrderField.PUBLISHED_AT,
  submittedAt: PaperOrderField.SUBMITTED_AT,
  githubStars: PaperOrderField.CODE_STARS,
  citations: PaperOrderField.CITATIONS,
};

/** @param otherwise tells the order without it. */
export const sortBy = (otherwise: string) =>
  Type.Optional(
    Type.Enum(Object.keys(SORTS) as (keyof typeof SORTS)[], {
      type: "string",
      description: `What comes first: the greatest or latest. ${otherwise}`,
    }),
  );

/** The parameters of every list that is searched. */
export const SearchQuery = Type.Object({
  q: query,
  sort: sortBy("Without it the most relevant with `q`, else the latest published."),
  ...paperFilter,
  p: pageNumber,
  cursor,
});

type Query = Type.Static<typeof SearchQuery> & { limit?: number };

/** Sets X-Search-Relaxed where a list's search matches papers that lack some of its words. */
export function setRelaxed(reply: FastifyReply, { search }: Pick<PaperList, "search">): void {
  if (search?.info.relaxed) void reply.header("x-search-relaxed", "true");
}

/**
 * Answers a list of papers with its total in X-Total-Count, X-Total-Count-Relation when that is a lower bound,
 * X-Search-Relaxed, and the next page's address in Link.
 * @param place where the list hangs: everywhere, or under an organisation or a tag, as GraphQL has it.
 */
export async function searchPapers(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { context, place }: { context: Context; place: ListPlace },
): Promise<SearchItem[]> {
  const asked = request.query as Query;
  const connection = await paperConnection(
    context,
    { ...pageArgs(asked, MAX_FOUND), ...listArgs(asked) },
    place,
  );
  const [{ edges, pageInfo }, total] = await Promise.all([
    pageOf(context, connection),
    countOf(context, connection),
  ]);
  void reply.header("x-total-count", total.count);
  if (total.isCut) void reply.header("x-total-count-relation", CountRelation.AT_LEAST);
  setRelaxed(reply, connection.list);
  linkNext(door, request, reply, pageInfo);
  const papers = edges.map(({ node }) => node);
  const [records, highlights, upvoted] = await Promise.all([
    paperRecords(context, papers),
    highlightRuns(context, connection.list.search, papers),
    Promise.all(papers.map(({ key }) => context.loaders.upvotes.viewerHasUpvoted(key))),
  ]);
  const items: SearchItem[] = [];
  for (const [index, record] of records.entries()) {
    items.push(
      writeSearchItem(record, {
        highlightedTitle: [],
        highlightedSummary: [],
        ...highlights[index],
        upvoted: upvoted[index] === true,
      }),
    );
    await context.work?.yieldIfDue();
  }
  return items;
}

/**
 * @returns what is asked for as GraphQL's `papers` takes it, without pages.
 * @throws BAD_USER_INPUT for relevance without a search.
 */
export function listArgs(asked: Query): Pick<PaperListArgs, "search" | "filter" | "orderBy"> {
  if (asked.sort === "relevance" && !asked.q?.trim())
    throw badInput("sort", "takes relevance only together with `q`.");
  return { search: asked.q, filter: filterOf(asked), orderBy: asked.sort && orderOf(asked.sort) };
}

function orderOf(sort: keyof typeof SORTS): PaperOrder[] {
  return [{ field: SORTS[sort], direction: OrderDirection.DESC }];
}

function filterOf(asked: Query): PaperFilter {
  const organisations = [...(asked.organization ?? []), ...(asked.organisation ?? [])];
  return {
    ...(organisations.length && { organisations: { allOf: organisations } }),
    ...(asked.tag && { tags: { allOf: asked.tag } }),
    ...(asked.author && { authors: { allOf: asked.author } }),
    ...(asked.year && { year: yearsOf(asked.year) }),
    ...(asked.minUpvotes !== undefined && { upvotes: { gte: asked.minUpvotes } }),
    publishedAt: asked.since || asked.before ? { gte: asked.since, lt: asked.before } : null,
    submittedBy: asked.submitter,
    venue: asked.venue,
    hasCode: asked.hasCode,
  };
}

/** @param text as the schema has it: 2024, 2023..2025, 2023.. or ..2025. */
function yearsOf(text: string): IntRange {
  const [from = "", to = from] = text.split("..");
  return { ...(from && { gte: Number(from) }), ...(to && { lte: Number(to) }) };
}
