import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import { execute, GraphQLError, type ExecutionArgs, type ExecutionResult } from "graphql";
import type { CompiledQuery } from "graphql-jit";
import type { Context } from "../context.js";
import type { KnownOperations } from "./known-operations.js";

type Gateway = ApolloServerOptionsWithGateway<Context>["gateway"];

/**
 * Runs operations as Apollo Server's executor. One that comes again is compiled to JavaScript: graphql-js walks the
 * document and the schema anew for each value of each answer.
 */
export function compiledExecutor(known: KnownOperations): Gateway {
  const { schema } = known;
  return {
    onSchemaLoadOrUpdate(listener) {
      listener({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => undefined;
    },
    load: () =>
      Promise.resolve({
        executor: async ({ document, source, queryHash, context, request }) => {
          // Apollo's own is null for a name that the document does not have, and the only operation would run.
          const operationName = request.operationName ?? null;
          const operation = known.runs(document, queryHash, source, operationName);
          if (operation) (context as Context).paperColumns = operation.paperColumns;
          const { variables: variableValues } = request;
          const args = { schema, document, operationName, contextValue: context, variableValues };
          const { record } = context as Context;
          const failed = record && known.failed.get(record);
          if (failed) return told(failed, args);
          return operation?.compiled ? runCompiled(operation.compiled, args) : execute(args);
        },
      }),
    stop: () => Promise.resolve(),
  };
}

async function runCompiled(compiled: CompiledQuery, args: ExecutionArgs): Promise<ExecutionResult> {
  return told(await compiled.query(undefined, args.contextValue, args.variableValues), args);
}

/** Variables that do not fit are told in the words of graphql-js: nothing has run then, and it finds the same. */
async function told(result: ExecutionResult, args: ExecutionArgs): Promise<ExecutionResult> {
  if (!result.errors) return result;
  return result.data === undefined ? execute(args) : { ...result, errors: result.errors.map(asGraphqlError) };
}

/** Errors of graphql-jit have `extensions` only where there are some; Apollo Server counts on them. */
function asGraphqlError(error: GraphQLError): GraphQLError {
  const { message, path, locations, originalError, extensions } = error;
  const whole = new GraphQLError(message, { path, originalError, extensions });
  return Object.defineProperty(whole, "locations", { value: locations, enumerable: true });
}
