import type { ApolloServerPlugin } from "@apollo/server";
import { OperationTypeNode, type OperationDefinitionNode } from "graphql";
import { useStores, type Context } from "../context.js";
import { storesFor } from "../observability/stores-for.js";
import type { Reading } from "../reading.js";

/** Sends queries to where reading is, and remembers who has written. Contexts are made for the primary, which mutations keep. */
export function readingPlugin(reading: Reading): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        async didResolveOperation({ operation, contextValue }) {
          const stores =
            operation && isQuery(operation) ? await reading.storesFor(contextValue.viewer) : null;
          if (stores) useStores(contextValue, storesFor(contextValue, stores));
        },
        async willSendResponse({ operation, contextValue }) {
          if (operation && !isQuery(operation)) await reading.wrote(contextValue.viewer);
        },
      }),
  };
}

function isQuery({ operation }: OperationDefinitionNode): boolean {
  return operation === OperationTypeNode.QUERY;
}
