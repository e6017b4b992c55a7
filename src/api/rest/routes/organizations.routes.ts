import { Type } from "typebox";
import type { Context } from "../../../context/request-context.js";
import { notFound } from "../../../shared/errors.js";
import { CACHE_FOR } from "../../http/caching.js";
import type { Organisation } from "../../../catalogue/organisations/organisation.entity.js";
import { papersOfOrganisation } from "../../../papers/list/paper-scopes.js";
import { papersCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { answers, listOf, TOTAL } from "../schemas/responses.js";
import { ref } from "../schemas/named.schema.js";
import { SearchItem } from "../schemas/paper.schema.js";
import { limit } from "../schemas/parameters.js";
import { OrganizationOverview } from "../schemas/people.schema.js";
import { SearchQuery, searchPapers } from "../search-papers.js";

const params = Type.Object({
  name: Type.String({ description: "The name in addresses; case does not matter.", examples: ["nvidia"] }),
});

export function organizationsRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/organizations/:name/overview",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Organisations"],
        operationId: "getOrganization",
        summary: "An organisation",
        params,
        response: answers(ref(OrganizationOverview), 404),
      },
    },
    async (request) => {
      const context = await door.contextOf(request);
      const { slug, name, avatarUrl, sourceId, paperCount } = await organisationOf(
        context,
        request.params.name,
      );
      return {
        _id: sourceId ?? undefined,
        name: slug,
        fullname: name,
        avatarUrl: avatarUrl ?? undefined,
        type: "org" as const,
        numPapers: paperCount,
      };
    },
  );

  app.get(
    "/api/organizations/:name/papers",
    {
      config: { cacheFor: CACHE_FOR, cost: papersCost({ highlights: true }) },
      schema: {
        tags: ["Organisations"],
        operationId: "listPapersOfOrganization",
        summary: "An organisation's papers",
        description: "Searched, filtered, ordered and paged as `/api/papers/search`.",
        params,
        querystring: Type.Object({ ...SearchQuery.properties, limit: limit() }),
        response: answers(listOf(SearchItem, TOTAL), 404),
      },
    },
    async (request, reply) => {
      const context = await door.contextOf(request);
      const place = papersOfOrganisation(await organisationOf(context, request.params.name));
      return searchPapers(door, request, reply, { context, place });
    },
  );
}

async function organisationOf(context: Context, name: string): Promise<Organisation> {
  const [organisation] = await context.organisations.find([name], "name");
  if (!organisation) throw notFound(`organisation "${name}"`);
  return organisation;
}
