import { Type } from "typebox";
import { CACHE_FOR, vary } from "../../http/caching.js";
import { paperConnection } from "../../../papers/list/paper-list.js";
import { ALL_PAPERS } from "../../../papers/list/paper-scopes.js";
import { papersCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { linkNext, linkTo, pageArgs, pageOf } from "../pagination.js";
import { paperMarkdown } from "../presenters/paper-markdown.js";
import { paperRecords } from "../presenters/paper-records.js";
import { answers, listOf, TOTAL } from "../schemas/responses.js";
import { ref } from "../schemas/named.schema.js";
import { ListItem, PaperInfo, SearchItem } from "../schemas/paper.schema.js";
import { cursor, limit, MAX_FOUND, paperId } from "../schemas/parameters.js";
import { SearchQuery, searchPapers } from "../search-papers.js";
import { writeComments } from "../presenters/comment.presenter.js";
import { writeListItem, writePaperInfo } from "../presenters/paper.presenter.js";

const MARKDOWN = "text/markdown; charset=utf-8";

export function papersRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/papers",
    {
      config: { cacheFor: CACHE_FOR, cost: papersCost() },
      schema: {
        tags: ["Papers"],
        operationId: "listPapers",
        summary: "All papers",
        description: "All papers, the latest published first, page by page.",
        querystring: Type.Object({ cursor, limit: limit() }),
        response: answers(listOf(ListItem)),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const connection = await paperConnection(context, pageArgs(request.query), ALL_PAPERS);
      const { edges, pageInfo } = await pageOf(context, connection);
      linkNext(door, request, reply, pageInfo);
      const records = await paperRecords(
        context,
        edges.map(({ node }) => node),
      );
      return records.map(writeListItem);
    },
  );

  app.get(
    "/api/papers/search",
    {
      config: { cacheFor: CACHE_FOR, cost: papersCost({ usual: MAX_FOUND, highlights: true }) },
      schema: {
        tags: ["Papers"],
        operationId: "searchPapers",
        summary: "Search",
        description:
          'Papers that are found, filtered, ordered and paged. `X-Total-Count` has the number of all that are found, `Link: rel="next"` the next page.',
        querystring: Type.Object({ ...SearchQuery.properties, limit: limit(MAX_FOUND, MAX_FOUND) }),
        response: answers(listOf(SearchItem, TOTAL)),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      return searchPapers(door, request, reply, { context, place: ALL_PAPERS });
    },
  );

  app.get(
    "/api/papers/:paperId",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Papers"],
        operationId: "getPaper",
        summary: "A paper",
        params: paperId,
        querystring: Type.Object({
          field: Type.Optional(
            Type.Array(Type.Enum(["comments", "submissionDeadline"], { type: "string" }), {
              description:
                "What to add: the comments, at most 100 of them. `submissionDeadline` adds nothing, as papers may be submitted at any time here.",
            }),
          ),
          cursor: Type.Optional(
            Type.String({
              description:
                'With `field=comments`: where the comments go on. Take the address in `Link: rel="next"` instead of making one.',
            }),
          ),
        }),
        response: answers(ref(PaperInfo), 404),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const paper = await context.papers.get(request.params.paperId, "paperId");
      const { field, cursor } = request.query;
      const [[record], thread] = await Promise.all([
        paperRecords(context, [paper]),
        field?.includes("comments") ? writeComments(context, paper.key, cursor) : undefined,
      ]);
      if (!record) throw new Error("A paper without its record.");
      if (thread?.nextCursor) linkTo(door, request, reply, "cursor", thread.nextCursor);
      return writePaperInfo(record, thread?.comments);
    },
  );

  app.get(
    "/papers/:paperId",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Papers"],
        operationId: "readPaper",
        summary: "A paper as Markdown",
        description:
          "Title, authors, links, abstract and AI summary as Markdown, when the id ends in `.md` or the request accepts `text/markdown`; full texts are not kept here. Else a redirect to the paper's own page, at arXiv or where it was published.",
        params: paperId,
        response: {
          ...answers(Type.Unsafe<string>({ content: { "text/markdown": { schema: Type.String() } } }), 404),
          302: Type.Null({ description: "Where the paper's page is." }),
        },
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const { paperId } = request.params;
      const paper = await context.papers.get(paperId, "paperId");
      vary(reply, "Accept");
      const wanted = paperId.endsWith(".md") || request.headers.accept?.includes("text/markdown");
      if (!wanted) return reply.redirect(paper.url);
      const [record] = await paperRecords(context, [paper]);
      if (!record) throw new Error("A paper without its record.");
      return reply.type(MARKDOWN).serializer(String).send(paperMarkdown(record));
    },
  );
}
