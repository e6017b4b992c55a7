import { Ajv, type AnySchema, type ErrorObject } from "ajv";
import type { FastifyRouteSchemaDef, FastifySchemaValidationError } from "fastify/types/schema.js";
import type { Static, TSchema } from "typebox";
import { badInput, type PapergraphError } from "../../shared/errors.js";

/** Addresses and headers are text: numbers and yes or no are read out of it, one value stands for a list of one. */
const fromText = new Ajv({ coerceTypes: "array", useDefaults: true, verbose: true, strict: false });
/** A parameter that has several values: with commas between them, or given several times. */
export const COMMA_SEPARATED = "x-comma-separated";
fromText.addKeyword({
  keyword: COMMA_SEPARATED,
  type: "array",
  schemaType: "boolean",
  before: "items",
  modifying: true,
  errors: false,
  validate(_isSo: boolean, values: unknown[]) {
    values.splice(0, values.length, ...values.flatMap((value) => String(value).split(",")));
    return true;
  },
});
/** Bodies are JSON, which says itself what is a number. */
const fromJson = new Ajv({ useDefaults: true, verbose: true, strict: false });

/**
 * Fastify's options to check what comes by the routes' schemas, so that the OpenAPI document cannot say anything else;
 * what a schema cannot say (days of the calendar, cursors, names) is checked where GraphQL checks it, too. What goes out
 * is written whole: the tests hold it against its schemas.
 */
export const VALIDATION = {
  schemaController: {
    compilersFactory: {
      // Fastify's types have the compiler's argument as another library of schemas has it.
      buildValidator: () => (route: unknown) => {
        const { schema, httpPart } = route as FastifyRouteSchemaDef<AnySchema>;
        return (httpPart === "body" ? fromJson : fromText).compile(schema);
      },
      buildSerializer: () => () => JSON.stringify,
    },
  },
  schemaErrorFormatter: (errors: FastifySchemaValidationError[]) => describe(errors[0] as ErrorObject),
};

/**
 * Checks texts that come from elsewhere, such as a command line, as an address's are.
 * @throws BAD_USER_INPUT naming the parameter.
 */
export function checked<T extends TSchema>(schema: T, values: object): Static<T> {
  const found = { ...values };
  const validate = fromText.compile<Static<T>>(schema);
  if (!validate(found)) throw describe(validate.errors?.[0] as ErrorObject);
  return found;
}

/** @returns the error that names the parameter and what is allowed. */
function describe({ keyword, instancePath, params, parentSchema }: ErrorObject): PapergraphError {
  if (keyword === "required") return badInput(String(params.missingProperty), "is missing.");
  const path = instancePath.slice(1).replaceAll("/", ".");
  const inList = /\.\d+$/.test(path);
  return badInput(
    (inList ? path.replace(/\.\d+$/, "") : path) || "body",
    `takes ${allowed((parentSchema ?? {}) as ParameterSchema)}.`,
  );
}

interface ParameterSchema {
  type?: string;
  enum?: string[];
  /** What is asked for, in words. */
  title?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}

function allowed({
  type,
  title,
  minimum,
  maximum,
  minLength,
  maxLength,
  maxItems,
  ...rest
}: ParameterSchema): string {
  if (title) return title;
  if (rest.enum) return rest.enum.join(", ");
  switch (type) {
    case "integer":
      return `a whole number ${between(minimum, maximum)}`;
    case "boolean":
      return "true or false";
    case "array":
      return `a list of ${between(0, maxItems)} values`;
    case "string":
      return `a text of ${between(minLength ?? 0, maxLength)} characters`;
    default:
      return "a JSON object";
  }
}

function between(least = 0, most?: number): string {
  return most === undefined ? `from ${least}` : `from ${least} to ${most}`;
}
