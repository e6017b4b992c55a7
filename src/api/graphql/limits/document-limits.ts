import {
  GraphQLError,
  Kind,
  type ASTNode,
  type ASTVisitor,
  type ListValueNode,
  type ValidationContext,
} from "graphql";
import { badInput, PapergraphError } from "../../../shared/errors.js";
import { measureDocument, type DocumentShape } from "./document-shape.js";
import type { GraphqlLimits } from "../../../config/graphql.config.js";

/** What the limits count, for the message. */
const COUNTED: Record<keyof DocumentShape, string> = {
  depth: "levels of fields",
  introspectionDepth: "levels of fields under `__schema` and `__type`",
  fields: "fields with those of its fragments",
  aliases: "aliases",
  repeats: "times the same field in one selection",
  directives: "directives",
  operations: "operations",
  mutations: "fields in one mutation",
};

/**
 * A validation rule: the limits that hold whatever the variables are. Apollo Server validates a document once and
 * remembers that it is valid, so this is no work for a document that comes again.
 */
export function documentLimits(limits: GraphqlLimits) {
  return (context: ValidationContext): ASTVisitor => ({
    Document: {
      enter(document) {
        const shape = measureDocument(document);
        const name = (Object.keys(shape) as (keyof DocumentShape)[]).find((key) => shape[key] > limits[key]);
        if (name) stop(context, refusal(tooMuch(name, shape[name], limits[name])), limits.errors);
      },
    },
    ListValue: {
      enter(node, _key, parent, _path, ancestors) {
        if (node.values.length <= limits.list) return undefined;
        context.reportError(
          refusal(
            badInput(
              argumentOf([...ancestors, ...(parent ? [parent] : [])]),
              `takes at most ${limits.list} values.`,
            ),
            node,
          ),
        );
        return false;
      },
    },
  });
}

/**
 * Ends validation, which would take long for such a document. graphql-js has no other way than more errors than it is to
 * tell; `operation-errors.plugin.ts` answers with the one.
 */
function stop(context: ValidationContext, error: GraphQLError, most: number): void {
  for (let count = 0; count <= most; count++) context.reportError(error);
}

function tooMuch(name: keyof DocumentShape, found: number, limit: number): PapergraphError {
  const message = `The document has ${found} ${COUNTED[name]}; at most ${limit} are taken.`;
  return new PapergraphError("QUERY_TOO_COMPLEX", message, undefined, undefined, { [name]: found, limit });
}

function refusal(error: PapergraphError, node?: ListValueNode): GraphQLError {
  return new GraphQLError(error.message, { nodes: node, originalError: error });
}

/** @returns the path of the argument that a value stands in, as errors name it: `filter.tags.anyOf`. */
function argumentOf(ancestors: readonly (ASTNode | readonly ASTNode[])[]): string {
  const names = ancestors.flatMap((ancestor) =>
    "kind" in ancestor && (ancestor.kind === Kind.ARGUMENT || ancestor.kind === Kind.OBJECT_FIELD)
      ? [ancestor.name.value]
      : [],
  );
  return names.join(".") || "variable";
}
