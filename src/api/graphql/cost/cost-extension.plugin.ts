import type { ApolloServerPlugin } from "@apollo/server";
import { actualPoints } from "../../cost/actual-points.js";
import type { GraphqlContext } from "../execution/graphql-context.js";
import type { GraphqlLimits } from "../../../config/graphql.config.js";

/** The request's header that asks for `extensions.cost`. */
export const COST_HEADER = "x-graphql-cost";

/** Tells what an operation could cost at most and what it cost, where its request asks for it. */
export function costExtension(limits: GraphqlLimits): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ request, contextValue, response: { body, http } }) {
          const { operationCost: cost, work } = contextValue;
          if (!cost || body.kind !== "single" || !request.http?.headers.has(COST_HEADER))
            return Promise.resolve();
          const { singleResult: result } = body;
          const { points: requested, costliestField } = cost;
          const actual = work ? actualPoints(work) : requested;
          result.extensions = {
            ...result.extensions,
            cost: { requested, actual, limit: limits.cost, costliestField },
          };
          http.headers.set("cache-control", "no-store");
          return Promise.resolve();
        },
      }),
  };
}
