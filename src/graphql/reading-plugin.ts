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
          if (operation && isQuery(operation)) await readFrom(reading, contextValue);
        },
        async willSendResponse({ operation, contextValue }) {
          if (operation && !isQuery(operation)) await reading.wrote(contextValue.viewer);
        },
      }),
  };
}

/** Lets a query read where reading is. */
export async function readFrom(reading: Reading, context: Context): Promise<void> {
  const stores = await reading.storesFor(context.viewer);
  if (stores) useStores(context, storesFor(context, stores));
}

function isQuery({ operation }: OperationDefinitionNode): boolean {
  return operation === OperationTypeNode.QUERY;
}
