import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
} from "graphql";
import {
  CONNECTION,
  FIELDS,
  FREE,
  HIGHLIGHTS,
  INTROSPECTION,
  LISTS,
  MUTATION,
  OBJECT,
  SMALL,
  SMALL_OBJECT,
} from "../../cost/weights.js";

/** The field whose cost depends on the search of the list that it is part of. */
export const HIGHLIGHTS_FIELD = "PaperEdge.highlights";

/** @returns the points for asking a field once, beside those of its search. */
export function fieldPoints(parent: string, field: GraphQLField<unknown, unknown>): number {
  const name = `${parent}.${field.name}`;
  if (name === HIGHLIGHTS_FIELD) return HIGHLIGHTS;
  if (name in FIELDS) return FIELDS[name] ?? 0;
  if (parent === "Mutation") return MUTATION;
  return isConnection(getNamedType(field.type)) ? CONNECTION : 0;
}

/** @returns the points for each object of a type. */
export function objectPoints(type: GraphQLNamedType): number {
  if (!isCompositeType(type) || FREE.has(type.name) || isConnection(type) || isEdge(type)) return 0;
  if (SMALL.has(type.name)) return SMALL_OBJECT;
  return type.name.startsWith("__") ? INTROSPECTION : OBJECT;
}

/**
 * @param isSized whether its arguments say how many.
 * @returns how many values a field returns at most.
 * @throws Error for a list without a bound: a mistake in the schema, which a test looks for.
 */
export function listSizeOf(
  type: GraphQLNamedType,
  field: GraphQLField<unknown, unknown>,
  isSized: boolean,
): number | "own page" | "page around" {
  if (!isListType(getNullableType(field.type))) return 1;
  if (isSized) return "own page";
  const most = LISTS[`${type.name}.${field.name}`];
  if (most !== undefined) return most;
  if (isConnection(type)) return "page around";
  throw new Error(
    `The list ${type.name}.${field.name} has no bound: give it one in src/api/cost/weights.ts.`,
  );
}

function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && "pageInfo" in type.getFields();
}

function isEdge(type: GraphQLNamedType): boolean {
  return isObjectType(type) && "cursor" in type.getFields() && "node" in type.getFields();
}
