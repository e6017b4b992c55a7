import { HeaderMap, type ApolloServerPlugin } from "@apollo/server";
import {
  GraphQLError,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import type { Context } from "../context.js";
import { PapergraphError } from "../errors.js";
import { costKnown } from "../observability/events.js";
import { asGraphqlError } from "./format-error.js";
import type { GraphqlLimits } from "./limit-settings.js";
import { operationCost, type OperationCost } from "./operation-cost.js";
import { checkVariables } from "./variable-limits.js";

/** The request's header that asks for `extensions.cost`. */
export const COST_HEADER = "x-graphql-cost";

/** The limits that hang on a request's variables: checked, and the cost charged, before an operation runs. */
export function operationLimits(limits: GraphqlLimits): ApolloServerPlugin<Context> {
  return {
    requestDidStart: () => {
      let cost: OperationCost | null = null;
      return Promise.resolve({
        async didResolveOperation({ schema, document, operation, request, contextValue }) {
          try {
            if (!operation)
              throw unresolved(
                "There is no such operation in the document; it takes `operationName` where it has several.",
              );
            if (!schema.getRootType(operation.operation))
              throw unresolved(`There are no operations of the kind ${operation.operation} here.`);
            const asked = { document, definition: operation };
            cost = await admitOperation(schema, asked, request.variables ?? {}, limits, contextValue);
          } catch (error) {
            throw error instanceof PapergraphError ? asGraphqlError(error) : error;
          }
        },
        willSendResponse({ request, response: { body, http } }) {
          if (body.kind !== "single") return Promise.resolve();
          const { singleResult: result } = body;
          if (result.errors) result.errors = told(result.errors).slice(0, limits.errors);
          if (cost && request.http?.headers.has(COST_HEADER)) {
            result.extensions = { ...result.extensions, cost: { ...cost, limit: limits.cost } };
            http.headers.set("cache-control", "no-store");
          }
          return Promise.resolve();
        },
      });
    },
  };
}

/**
 * Checks the variables, counts and charges what the operation may cost.
 * @throws BAD_USER_INPUT, QUERY_TOO_COMPLEX or RATE_LIMITED.
 */
export async function admitOperation(
  schema: GraphQLSchema,
  { document, definition }: { document: DocumentNode; definition: OperationDefinitionNode },
  variables: Record<string, unknown>,
  limits: GraphqlLimits,
  context: Context,
): Promise<OperationCost> {
  checkVariables(variables, limits);
  const cost = operationCost(schema, document, definition, variables);
  const { budget, record } = context;
  // A request that comes from the shortcut was counted there.
  const isCounted = record?.cost != null;
  if (!isCounted) costKnown(cost.points, definition.name?.value ?? null, record);
  if (cost.points > limits.cost) throw tooComplex(cost, limits.cost);
  context.operationCost = cost.points;
  if (!budget?.isCharged) await budget?.consume(cost.points);
  return cost;
}

/** A document that is too large is told so once, and nothing else of it. */
function told(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  const [first] = errors;
  return first?.extensions?.code === "QUERY_TOO_COMPLEX" ? [first] : errors;
}

/** Said before Apollo Server does, which repeats the name and takes the wrong kind for a fault of the server's. */
function unresolved(message: string): GraphQLError {
  const http = { status: 400, headers: new HeaderMap() };
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE", http } });
}

function tooComplex({ points, costliestField }: OperationCost, limit: number): PapergraphError {
  return new PapergraphError(
    "QUERY_TOO_COMPLEX",
    `The operation costs up to ${points} points, and ${limit} are allowed; most of it goes to ${costliestField}. Ask for smaller pages, or for less of each thing.`,
    undefined,
    undefined,
    { cost: points, limit, costliestField },
  );
}
