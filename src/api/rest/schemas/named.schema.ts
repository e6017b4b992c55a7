import { Type, type Static, type TObject, type TProperties, type TSchema, type TUnsafe } from "typebox";

/** A shape with a name: a component of the OpenAPI document, known to the application under its $id. */
export function named<T extends TProperties>(
  name: string,
  description: string,
  properties: T,
): TObject<T> & { $id: string } {
  return Object.assign(Type.Object(properties, { description }), { $id: name });
}

/** Names the shape instead of spelling it again. */
export function ref<T extends TSchema & { $id: string }>(shape: T): TUnsafe<Static<T>> {
  return Type.Unsafe<Static<T>>({ $ref: `${shape.$id}#` });
}

export const moment = (description: string) =>
  Type.String({ format: "date-time", description, examples: ["2026-03-06T03:55:12.777Z"] });

export const address = (description: string) => Type.String({ description });
