import { isInterfaceType, isObjectType, type GraphQLResolveInfo, type GraphQLSchema } from "graphql";
import { getMetadataStorage } from "type-graphql";
import type { Context } from "../../../context/request-context.js";

/** Wraps the resolvers that are ours, once, before the schema is used; those that only read a property are left. */
export function traceResolvers(schema: GraphQLSchema): void {
  const ours = resolvedFields();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const name = `${type.name}.${field.name}`;
      const { resolve } = field;
      if (!resolve || !ours.has(name)) continue;
      field.resolve = (source, args, context, info) => {
        const work = () => resolve(source, args, context, info);
        const trace = (context as Context).record?.trace;
        return trace ? trace.resolve(name, pathOf(info), work) : work();
      };
    }
  }
}

/** @returns the fields that have a method of their own, such as Paper.tags. */
function resolvedFields(): Set<string> {
  const { queries, mutations, fieldResolvers, objectTypes, interfaceTypes } = getMetadataStorage();
  const types = [...objectTypes, ...interfaceTypes];
  const nameOf = (target: unknown) => types.find((type) => type.target === target)?.name ?? "";
  return new Set([
    ...queries.map(({ schemaName }) => `Query.${schemaName}`),
    ...mutations.map(({ schemaName }) => `Mutation.${schemaName}`),
    ...fieldResolvers.map(({ getObjectType, schemaName }) => `${nameOf(getObjectType?.())}.${schemaName}`),
  ]);
}

/** @returns where the field is in the answer, with stars in the places of indexes. */
function pathOf({ path, parentType, fieldName }: GraphQLResolveInfo): string {
  const keys: string[] = [];
  for (let at: GraphQLResolveInfo["path"] | undefined = path; at; at = at.prev)
    keys.unshift(typeof at.key === "number" ? "*" : at.key);
  return keys.length ? keys.join(".") : `${parentType.name}.${fieldName}`;
}
