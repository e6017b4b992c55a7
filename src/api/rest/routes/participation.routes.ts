import { Type } from "typebox";
import { cleanBody, MAX_BODY } from "../../../comments/comment-body.js";
import { signedIn } from "../../../context/request-context.js";
import { paperExternalId } from "../../../papers/paper.store.js";
import { submitPaper } from "../../../papers/submissions/submit-paper.js";
import { numberOfGlobalId } from "../../../shared/node.js";
import type { Door, RestApp } from "../rest-context.js";
import { answers, BODY, created } from "../schemas/responses.js";
import { HfComment } from "../schemas/comment.schema.js";
import { named, ref } from "../schemas/named.schema.js";
import { paperId } from "../schemas/parameters.js";
import { writeComment } from "../presenters/comment.presenter.js";

const security = [{ accessToken: [] }];

const CommentBody = Type.Object({
  comment: Type.String({ minLength: 1, maxLength: MAX_BODY, description: "The text, in Markdown." }),
});

export const NewComment = named("NewComment", "The comment that was written.", {
  newMessage: ref(HfComment),
});

export const Upvoted = named("Upvoted", "The paper's upvotes now.", {
  id: Type.String(),
  upvotes: Type.Integer(),
  upvoted: Type.Boolean({ description: "Whether the viewer upvotes the paper now." }),
  changed: Type.Boolean({ description: "Whether the mutation changed anything." }),
});

/** What readers do: comment, upvote, submit. */
export function participationRoutes(app: RestApp, door: Door): void {
  app.post(
    "/api/papers/:paperId/comment",
    {
      schema: {
        tags: ["Participation"],
        operationId: "addComment",
        summary: "Comment on a paper",
        security,
        params: paperId,
        body: CommentBody,
        response: created(ref(NewComment), 404),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const viewer = signedIn(context);
      const { key: paperKey } = await context.papers.get(request.params.paperId, "paperId");
      const { comment: body } = request.body;
      const comment = await context.comments.add(viewer.key, { paperKey, parentKey: null, body });
      return reply.code(201).send({ newMessage: writeComment(comment, viewer) });
    },
  );

  app.post(
    "/api/papers/:paperId/comment/:commentId/reply",
    {
      schema: {
        tags: ["Participation"],
        operationId: "addReply",
        summary: "Reply to a comment",
        security,
        params: Type.Object({
          ...paperId.properties,
          commentId: Type.String({ description: "The comment's `id`." }),
        }),
        body: CommentBody,
        response: created(ref(NewComment), 404),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const viewer = signedIn(context);
      const parentKey = numberOfGlobalId("Comment", request.params.commentId, "commentId");
      const { key: paperKey } = await context.papers.get(request.params.paperId, "paperId");
      const { comment: body } = request.body;
      const comment = await context.comments.add(viewer.key, { paperKey, parentKey, body });
      return reply.code(201).send({ newMessage: writeComment(comment, viewer) });
    },
  );

  for (const [method, deed, operationId, summary] of [
    ["PUT", "add", "addUpvote", "Upvote a paper; twice is once"],
    ["DELETE", "remove", "removeUpvote", "Take the upvote away; without one, nothing happens"],
  ] as const) {
    app.route({
      method,
      url: "/api/papers/:paperId/upvote",
      schema: {
        tags: ["Participation"],
        operationId,
        summary,
        security,
        params: paperId,
        response: answers(ref(Upvoted), 404, ...BODY),
      },
      handler: async (request) => {
        const context = await door.contextOf(request);
        const viewer = signedIn(context);
        const id = paperExternalId(request.params.paperId, "paperId");
        const { paper, changed } = await context.upvotes[deed](viewer.key, id);
        return { id, upvotes: paper.upvoteCount, upvoted: deed === "add", changed };
      },
    });
  }

  app.post(
    "/api/papers/index",
    {
      schema: {
        tags: ["Participation"],
        operationId: "indexPaper",
        summary: "Make sure that a paper is known",
        description:
          "Succeeds for a paper that is known. Others are 404: this server fetches nothing from arXiv, papers come in with `papergraph import`.",
        security,
        body: Type.Object({
          arxivId: Type.String({
            pattern: "^\\d{4}\\.\\d{4,5}$",
            title: "an arXiv id without version, such as 2505.24864",
            description: "The arXiv id without version.",
          }),
        }),
        response: answers(Type.Object({}), 404, ...BODY),
      },
    },
    async (request) => {
      const context = await door.contextOf(request);
      signedIn(context);
      await context.papers.get(request.body.arxivId, "arxivId");
      return {};
    },
  );

  app.post(
    "/api/papers/submit",
    {
      schema: {
        tags: ["Participation"],
        operationId: "submitPaper",
        summary: "Put a known paper into today's Daily Papers, once",
        security,
        body: Type.Object({
          paper_id: Type.String({ description: "Its arXiv id or address." }),
          comment: Type.Optional(CommentBody.properties.comment),
        }),
        response: answers(Type.Object({}), 404, 409, ...BODY),
      },
    },
    async (request) => {
      const context = await door.contextOf(request);
      const viewer = signedIn(context);
      const { paper_id: id, comment: body } = request.body;
      const { key: paperKey } = await context.papers.get(id, "paper_id");
      // All or nothing: a comment that is refused must not come after the submission.
      if (body !== undefined) cleanBody(body, "comment");
      await submitPaper(context.db, paperKey, viewer.key);
      if (body !== undefined) await context.comments.add(viewer.key, { paperKey, parentKey: null, body });
      return {};
    },
  );
}
