import { HeaderMap, type ApolloServerPlugin } from "@apollo/server";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { GraphqlContext } from "../execution/graphql-context.js";
import type { GraphqlLimits } from "../../../config/graphql.config.js";

/** Refuses operations that are not there, and tells no more errors than the limit. */
export function operationErrors(limits: GraphqlLimits): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation({ schema, operation }) {
          if (!operation)
            return Promise.reject(
              unresolved(
                "There is no such operation in the document; it takes `operationName` where it has several.",
              ),
            );
          if (!schema.getRootType(operation.operation))
            return Promise.reject(
              unresolved(`There are no operations of the kind ${operation.operation} here.`),
            );
          return Promise.resolve();
        },
        willSendResponse({ response: { body } }) {
          if (body.kind !== "single") return Promise.resolve();
          const { singleResult: result } = body;
          if (result.errors) result.errors = shown(result.errors).slice(0, limits.errors);
          return Promise.resolve();
        },
      }),
  };
}

/** A document that is too large has one error, and nothing else is said of it. */
function shown(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const [first] = errors;
  return first?.extensions?.code === "QUERY_TOO_COMPLEX" ? [first] : errors;
}

/** Said before Apollo Server does, which repeats the name and takes the wrong kind for a fault of the server's. */
function unresolved(message: string): GraphQLError {
  const http = { status: 400, headers: new HeaderMap() };
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE", http } });
}
