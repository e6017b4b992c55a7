import type { ApolloServerPlugin } from "@apollo/server";
import { visit, type DocumentNode } from "graphql";
import { CACHE_FOR, publicFor } from "../../http/caching.js";
import type { GraphqlContext } from "../execution/graphql-context.js";

/** Fields whose answer depends on who asks. */
export const VIEWER_FIELDS: ReadonlySet<string> = new Set([
  "rateLimit",
  "upvotedPapers",
  "viewer",
  "viewerHasUpvoted",
]);

/** @returns whether the answer without an access token is the same for everybody. */
export function isForEverybody(document: DocumentNode): boolean {
  let result = true;
  const look = ({ name }: { name: { value: string } }) => {
    if (VIEWER_FIELDS.has(name.value)) result = false;
  };
  visit(document, { Field: look, ObjectField: look });
  return result;
}

/** Lets shared caches keep the answers to GET requests that are for everybody, and no others. */
export const publicAnswers: ApolloServerPlugin<GraphqlContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ request, contextValue, response: { body, http } }) {
        const isAnonymous = !request.http?.headers.has("authorization");
        const isWhole = body.kind === "single" && !body.singleResult.errors && body.singleResult.data != null;
        const isPublic = contextValue.operation?.isPublic === true;
        if (request.http?.method === "GET" && isAnonymous && isWhole && isPublic)
          if (!http.headers.has("cache-control")) http.headers.set("cache-control", publicFor(CACHE_FOR));
        return Promise.resolve();
      },
    }),
};
