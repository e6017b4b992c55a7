import { Type } from "typebox";
import { notFound } from "../../../shared/errors.js";
import { CACHE_FOR } from "../../http/caching.js";
import type { Door, RestApp } from "../rest-context.js";
import { userDeeds } from "../paper-source.store.js";
import { answers } from "../schemas/responses.js";
import { ref } from "../schemas/named.schema.js";
import { UserOverview } from "../schemas/people.schema.js";
import { writeUser } from "../presenters/user.presenter.js";

export function usersRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/users/:username/overview",
    {
      config: { cacheFor: CACHE_FOR },
      schema: {
        tags: ["Users"],
        operationId: "getUser",
        summary: "A user",
        params: Type.Object({ username: Type.String({ description: "Case does not matter." }) }),
        response: answers(ref(UserOverview), 404),
      },
    },
    async (request) => {
      const context = await door.contextOf(request);
      const { username } = request.params;
      const user = await context.users.find(username, "username");
      if (!user) throw notFound(`user "${username}"`);
      const deeds = await userDeeds(context.db, user.key);
      return {
        ...writeUser(user),
        createdAt: user.createdAt.toISOString(),
        numPapers: deeds.papers,
        numSubmitted: deeds.submitted,
        numUpvotes: deeds.upvotes,
        numComments: deeds.comments,
        orgs: [],
      };
    },
  );
}
