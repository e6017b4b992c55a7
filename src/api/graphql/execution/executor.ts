import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import { PapergraphError } from "../../../shared/errors.js";
import { asGraphqlError } from "../errors/format-error.js";
import type { GraphqlContext } from "./graphql-context.js";
import type { OperationInfos } from "./operation-info.js";
import { runOperation, type OperationRunner } from "./run-operation.js";

type Gateway = ApolloServerOptionsWithGateway<GraphqlContext>["gateway"];

/** Lets Apollo Server run operations by `runOperation`: a gateway is its place for an executor of one's own. */
export function operationExecutor(runner: OperationRunner, operations: OperationInfos): Gateway {
  return {
    onSchemaLoadOrUpdate(listener) {
      listener({ apiSchema: runner.schema, coreSupergraphSdl: "" });
      return () => undefined;
    },
    load: () =>
      Promise.resolve({
        executor: async ({ document, queryHash, context, request }) => {
          // Apollo's own name is null for one that the document does not have, and the only operation would run.
          const operation = operations.find(document, queryHash, request.operationName ?? null);
          if (!operation) throw new Error("Apollo Server runs an operation that it did not find.");
          const known = context as GraphqlContext;
          known.outcome ??= runOperation(runner, operation, request.variables ?? {}, known);
          try {
            return await known.outcome;
          } catch (error) {
            throw error instanceof PapergraphError ? asGraphqlError(error) : error;
          }
        },
      }),
    stop: () => Promise.resolve(),
  };
}
