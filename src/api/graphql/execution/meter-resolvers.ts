import {
  getNamedType,
  isCompositeType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from "graphql";
import type { Context } from "../../../context/request-context.js";
import type { RequestWork } from "../../../platform/work/request-work.js";
import { searchPoints } from "../../cost/search-points.js";
import { SCANS } from "../../cost/weights.js";
import { searchWork } from "../../../search/bounds/search-work.js";
import { fieldPoints, objectPoints } from "../cost/field-cost.js";

/** Bytes of a value's punctuation, and of a number, a flag or null. */
const PUNCTUATION = 4;
const SCALAR = 8;

/**
 * Lets every resolver add what it does to the request's work: points for asking the field, objects and bytes that it
 * returns. A resolver of a request that was ended fails at once; the lists of a request that has held the event loop for its
 * slice wait for the next. To be called once, before the schema is used.
 */
export function meterResolvers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      if (!field.resolve) continue;
      field.resolve = metered(
        field.resolve as GraphQLFieldResolver<unknown, Context>,
        meterOf(type.name, field),
      );
    }
  }
}

/** Arguments whose texts are searched for. */
interface SearchArguments {
  search?: unknown;
  prefix?: unknown;
}

interface Meter {
  points: number;
  once: number;
  name: string;
  /** Points for each object that the field returns; null for scalars. */
  each: number | null;
}

function meterOf(parent: string, field: GraphQLField<unknown, unknown>): Meter {
  const name = `${parent}.${field.name}`;
  const result = getNamedType(field.type);
  return {
    name,
    points: fieldPoints(parent, field),
    once: SCANS[name] ?? 0,
    each: isCompositeType(result) ? objectPoints(result) : null,
  };
}

function metered(
  resolve: GraphQLFieldResolver<unknown, Context>,
  meter: Meter,
): GraphQLFieldResolver<unknown, Context> {
  return (source, args, context, info) => {
    const { work } = context;
    if (!work) return resolve(source, args, context, info);
    work.check();
    addPoints(work, meter, args as SearchArguments);
    const { key } = info.path;
    const result: unknown = resolve(source, args, context, info);
    return result instanceof Promise
      ? result.then((value: unknown) => whenThereIsTime(work, value, meter.each, key))
      : whenThereIsTime(work, result, meter.each, key);
  };
}

function addPoints(work: RequestWork, { points, once, name }: Meter, args: SearchArguments): void {
  if (once) work.addPointsOnce(name, once);
  const search = args.search ?? args.prefix;
  work.addPoints(typeof search === "string" && search ? points + searchPoints(searchWork(search)) : points);
}

/**
 * Completing a list runs without a break, so it waits when the slice is used up. Resolvers do not wait before they run:
 * what they ask of loaders has to come together, to be asked of the database at once.
 */
function whenThereIsTime(
  work: RequestWork,
  value: unknown,
  each: number | null,
  key: string | number,
): unknown {
  const due = each === null || !Array.isArray(value) ? undefined : work.yieldIfDue();
  if (!due) return count(work, value, each, key);
  return due.then(() => {
    work.check();
    return count(work, value, each, key);
  });
}

function count(work: RequestWork, value: unknown, each: number | null, key: string | number): unknown {
  if (each === null || value == null) {
    work.addBytes(bytesOf(value) + keyBytes(key));
    return value;
  }
  const objects = Array.isArray(value) ? value.length : 1;
  work.addObjects(objects);
  work.addPoints(objects * each);
  return value;
}

/** Reads a property as graphql-js does where a field has no resolver, and adds what it is to the request's work. */
export const readProperty: GraphQLFieldResolver<unknown, Context> = (source, args, context, info) => {
  if (typeof source !== "object" || source === null) return undefined;
  const property = (source as Record<string, unknown>)[info.fieldName];
  const value: unknown =
    typeof property === "function" ? property.call(source, args, context, info) : property;
  const { work } = context;
  if (!work) return value;
  if (typeof value === "object" && value !== null && isCompositeType(getNamedType(info.returnType)))
    return count(work, value, objectPoints(getNamedType(info.returnType)), info.path.key);
  work.addBytes(bytesOf(value) + keyBytes(info.path.key));
  return value;
};

function keyBytes(key: string | number): number {
  return typeof key === "string" ? key.length + PUNCTUATION : 1;
}

function bytesOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (!Array.isArray(value)) return SCALAR;
  let sum = 2;
  for (const item of value) sum += bytesOf(item) + 1;
  return sum;
}
