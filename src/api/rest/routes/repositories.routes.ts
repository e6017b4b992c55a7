import { Type } from "typebox";
import { CACHE_FOR } from "../../http/caching.js";
import type { Door, RestApp } from "../rest-context.js";
import { answers } from "../schemas/responses.js";

const KINDS = { models: "listModels", datasets: "listDatasets", spaces: "listSpaces" };

const none = Type.Array(Type.Object({}), { description: "Repositories are not kept here: always empty." });

/**
 * Models, datasets and Spaces are Hugging Face's own and not kept here. Clients that ask a paper for its repositories go
 * on with an empty answer and stop at a 404.
 */
export function repositoriesRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/arxiv/:arxivId/repos",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Repositories"],
        operationId: "listRepositoriesOfPaper",
        summary: "The repositories that cite a paper: none",
        params: Type.Object({ arxivId: Type.String({ description: "An arXiv id." }) }),
        response: answers(Type.Object({ models: none, datasets: none, spaces: none }), 404),
      },
    },
    async (request) => {
      const context = await door.contextOf(request);
      await context.papers.get(request.params.arxivId, "arxivId");
      return { models: [], datasets: [], spaces: [] };
    },
  );

  for (const [kind, operationId] of Object.entries(KINDS)) {
    app.get(
      `/api/${kind}`,
      {
        config: { cacheFor: CACHE_FOR },
        schema: {
          tags: ["Repositories"],
          operationId,
          summary: `The ${kind} that cite a paper: none`,
          querystring: Type.Object({
            filter: Type.Optional(Type.String({ description: "`arxiv:` and the paper's id." })),
          }),
          response: answers(none),
        },
      },
      () => [],
    );
  }
}
