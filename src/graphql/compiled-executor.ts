import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import {
  execute,
  GraphQLError,
  getOperationAST,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from "graphql";
import type { Context } from "../context.js";
import { columnsOfDocument, type PaperColumns } from "../papers/paper-columns.js";
import { compileQuery, isCompiledQuery, type CompiledQuery } from "graphql-jit";

type Gateway = ApolloServerOptionsWithGateway<Context>["gateway"];

/** An operation is compiled when it comes for this time: compiling takes as long as running some ten times. */
const COMPILED_AT = 3;

interface Operation {
  runs: number;
  compiled: CompiledQuery | null;
}

interface KnownDocument {
  operations: Map<string, Operation>;
  paperColumns: PaperColumns;
}

/**
 * Runs operations as Apollo Server's executor. One that comes again is compiled to JavaScript: graphql-js walks the
 * document and the schema anew for each value of each answer. Apollo keeps a bounded number of documents, and what is
 * compiled goes with them.
 */
export function compiledExecutor(schema: GraphQLSchema): Gateway {
  const documents = new WeakMap<DocumentNode, KnownDocument>();
  return {
    onSchemaLoadOrUpdate(listener) {
      listener({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => undefined;
    },
    load: () =>
      Promise.resolve({
        executor: async ({ document, operationName, context, request: { variables } }) => {
          const known = knownOf(documents, schema, document);
          const operation = operationOf(known, operationName);
          if (operation.runs++ === COMPILED_AT) operation.compiled = compile(schema, document, operationName);
          (context as Context).paperColumns = known.paperColumns;
          const args = { schema, document, operationName, contextValue: context, variableValues: variables };
          return operation.compiled ? runCompiled(operation.compiled, args) : execute(args);
        },
      }),
    stop: () => Promise.resolve(),
  };
}

function knownOf(
  documents: WeakMap<DocumentNode, KnownDocument>,
  schema: GraphQLSchema,
  document: DocumentNode,
): KnownDocument {
  let known = documents.get(document);
  if (!known) {
    known = { operations: new Map(), paperColumns: columnsOfDocument(schema, document) };
    documents.set(document, known);
  }
  return known;
}

function operationOf({ operations }: KnownDocument, name: string | null): Operation {
  let operation = operations.get(name ?? "");
  if (!operation) operations.set(name ?? "", (operation = { runs: 0, compiled: null }));
  return operation;
}

/** @returns null for what cannot be compiled: it goes on being interpreted. */
function compile(schema: GraphQLSchema, document: DocumentNode, name: string | null): CompiledQuery | null {
  if (!getOperationAST(document, name)) return null;
  const compiled = compileQuery(schema, document, name ?? undefined);
  return isCompiledQuery(compiled) ? compiled : null;
}

/** Variables that do not fit are told in the words of graphql-js: nothing has run then, and it finds the same. */
async function runCompiled(compiled: CompiledQuery, args: ExecutionArgs): Promise<ExecutionResult> {
  const result = await compiled.query(undefined, args.contextValue, args.variableValues);
  if (!result.errors) return result;
  return result.data === undefined ? execute(args) : { ...result, errors: result.errors.map(asGraphqlError) };
}

/** Errors of graphql-jit have `extensions` only where there are some; Apollo Server counts on them. */
function asGraphqlError(error: GraphQLError): GraphQLError {
  const { message, path, locations, originalError, extensions } = error;
  const whole = new GraphQLError(message, { path, originalError, extensions });
  return Object.defineProperty(whole, "locations", { value: locations, enumerable: true });
}
