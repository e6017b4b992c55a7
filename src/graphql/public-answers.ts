import type { ApolloServerPlugin } from "@apollo/server";
import { visit, type DocumentNode } from "graphql";
import type { Context } from "../context.js";
import { CACHE_FOR, publicFor } from "../http/caching.js";

/** Fields whose answer hangs on who asks. */
export const VIEWER_FIELDS: ReadonlySet<string> = new Set([
  "rateLimit",
  "upvotedPapers",
  "viewer",
  "viewerHasUpvoted",
]);

const isPublic = new WeakMap<DocumentNode, boolean>();

/** @returns whether the answer without an access token is the same for everybody. */
export function isForEverybody(document: DocumentNode): boolean {
  const before = isPublic.get(document);
  if (before !== undefined) return before;
  let result = true;
  const look = ({ name }: { name: { value: string } }) => {
    if (VIEWER_FIELDS.has(name.value)) result = false;
  };
  visit(document, { Field: look, ObjectField: look });
  isPublic.set(document, result);
  return result;
}

/** Lets shared caches keep the answers to GET requests that are for everybody; all others are nobody's to keep. */
export const publicAnswers: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ request, document, response: { body, http } }) {
        const isAnonymous = !request.http?.headers.has("authorization");
        const isWhole = body.kind === "single" && !body.singleResult.errors && body.singleResult.data != null;
        if (request.http?.method === "GET" && isAnonymous && isWhole && document && isForEverybody(document))
          if (!http.headers.has("cache-control")) http.headers.set("cache-control", publicFor(CACHE_FOR));
        return Promise.resolve();
      },
    }),
};
