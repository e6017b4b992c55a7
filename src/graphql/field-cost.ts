import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";
import { isGiven, type Amount } from "./cost-arguments.js";
import {
  ARGUMENTS,
  CONNECTION,
  FIELDS,
  FREE,
  INTROSPECTION,
  LISTS,
  MUTATION,
  OBJECT,
} from "./cost-weights.js";

/** @returns the points for asking a field once, with the arguments that it is given. */
export function ownPoints(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): number {
  const weight =
    FIELDS[`${type.name}.${field.name}`] ??
    (type === schema.getMutationType() ? MUTATION : isConnection(getNamedType(field.type)) ? CONNECTION : 0);
  const given = node.arguments?.filter(isGiven).map(({ name }) => ARGUMENTS[name.value] ?? 0) ?? [];
  return given.reduce((sum, points) => sum + points, weight);
}

/** @returns the points for each thing of a type. */
export function pointsOfEach(type: GraphQLNamedType): number {
  if (!isCompositeType(type) || FREE.has(type.name) || isConnection(type) || isEdge(type)) return 0;
  return type.name.startsWith("__") ? INTROSPECTION : OBJECT;
}

/**
 * @returns how many things a field returns.
 * @throws Error for a list without a bound: a mistake in the schema, which a test looks for.
 */
export function timesOf(
  type: GraphQLNamedType,
  field: GraphQLField<unknown, unknown>,
  page: Amount | null,
): Amount | "page" {
  if (!isListType(getNullableType(field.type))) return 1;
  const bound = page ?? LISTS[`${type.name}.${field.name}`];
  if (bound !== undefined) return bound;
  if (isConnection(type)) return "page";
  throw new Error(`The list ${type.name}.${field.name} has no bound: give it one in cost-weights.ts.`);
}

function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && "pageInfo" in type.getFields();
}

function isEdge(type: GraphQLNamedType): boolean {
  return isObjectType(type) && "cursor" in type.getFields() && "node" in type.getFields();
}
