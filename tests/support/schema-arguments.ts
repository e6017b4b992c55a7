import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from "graphql";

/** A place in an argument that takes a scalar or an enum value. */
export interface ArgumentPlace {
  /** Where it is: `Paper.related(first)`, `Query.papers(filter.tags.anyOf[])`. */
  name: string;
  /** Where it stands in the types, whatever field takes it: `TagFilter.anyOf`. */
  kind: string;
  /** Puts a value there and right ones wherever else something is needed. */
  documentWith(value: unknown): { query: string; variables: Record<string, unknown> };
  /** The same, written out in the document; only where the argument itself is the place. */
  literal: ((text: string) => string) | null;
}

interface Place {
  path: string;
  kind: string;
  wrap: (value: unknown) => unknown;
}

/** @returns every place in every argument of every field that can be reached. `samples` are right values for what is required, by type (`PaperDimension!`) or name. */
export function argumentPlaces(schema: GraphQLSchema, samples: Record<string, unknown>): ArgumentPlace[] {
  const places: ArgumentPlace[] = [];
  const seen = new Set<GraphQLNamedType>();
  const todo: { type: GraphQLObjectType; operation: string; around: (inner: string) => string }[] = [];
  const roots = { query: schema.getQueryType(), mutation: schema.getMutationType() };
  for (const [operation, type] of Object.entries(roots))
    if (type) todo.push({ type, operation, around: (inner) => inner });
  for (let next = todo.shift(); next; next = todo.shift()) {
    const { type, operation, around } = next;
    if (seen.has(type)) continue;
    seen.add(type);
    for (const field of Object.values(type.getFields())) {
      for (const argument of field.args)
        places.push(...placesOf({ type, field, argument, operation, around, samples, schema }));
      const result = getNamedType(field.type);
      const call = field.name + writeArguments(field.args.filter(isRequiredArgument), samples);
      for (const found of isInterfaceType(result)
        ? schema.getPossibleTypes(result)
        : isObjectType(result)
          ? [result]
          : [])
        todo.push({
          type: found,
          operation,
          around: (inner) => around(`${call} { ... on ${found.name} { ${inner} } }`),
        });
    }
  }
  return places;
}

function placesOf({
  type,
  field,
  argument,
  operation,
  around,
  samples,
  schema,
}: {
  type: GraphQLObjectType;
  field: GraphQLField<unknown, unknown>;
  argument: GraphQLArgument;
  operation: string;
  around: (inner: string) => string;
  samples: Record<string, unknown>;
  schema: GraphQLSchema;
}): ArgumentPlace[] {
  const others = field.args.filter((other) => other !== argument && isRequiredArgument(other));
  const document = (variables: string, written: string) => {
    const given = writeArguments(others, samples, `${argument.name}: ${written}`);
    return `${operation} ${variables} { ${around(`${field.name}${given} ${selectionOf(schema, getNamedType(field.type), 2)}`)} }`;
  };
  return placesIn(argument.type, samples, new Set()).map(({ path, kind, wrap }) => ({
    name: `${type.name}.${field.name}(${argument.name}${path})`,
    kind: kind || `${String(argument.type)} ${argument.name}`,
    documentWith: (value) => ({
      query: document(`($value: ${String(argument.type)})`, "$value"),
      variables: { value: wrap(value) },
    }),
    literal: path === "" ? (text) => document("", text) : null,
  }));
}

function placesIn(
  type: GraphQLInputType,
  samples: Record<string, unknown>,
  above: Set<GraphQLNamedType>,
): Place[] {
  const bare = getNullableType(type);
  if (isListType(bare))
    return [
      { path: "", kind: "", wrap: (value) => value },
      ...placesIn(bare.ofType, samples, above).map(({ path, kind, wrap }) => ({
        path: `[]${path}`,
        kind,
        wrap: (value: unknown) => [wrap(value)],
      })),
    ];
  if (!isInputObjectType(bare)) return [{ path: "", kind: "", wrap: (value) => value }];
  if (above.has(bare)) return [];
  const fields = Object.values(bare.getFields());
  const needed = fields.filter((field) => isNonNullType(field.type) && field.defaultValue === undefined);
  return fields.flatMap((field) =>
    placesIn(field.type, samples, new Set(above).add(bare)).map(({ path, kind, wrap }) => ({
      path: `.${field.name}${path}`,
      kind: kind || `${bare.name}.${field.name}`,
      wrap: (value: unknown) => ({
        ...Object.fromEntries(needed.map((need) => [need.name, sampleOf(samples, need)])),
        [field.name]: wrap(value),
      }),
    })),
  );
}

function sampleOf(
  samples: Record<string, unknown>,
  { name, type }: { name: string; type: GraphQLInputType },
): unknown {
  const sample = samples[String(type)] ?? samples[name];
  if (sample === undefined)
    throw new Error(`There is no sample for the required "${name}: ${String(type)}": add one.`);
  return sample;
}

function writeArguments(
  given: readonly GraphQLArgument[],
  samples: Record<string, unknown>,
  more = "",
): string {
  const written = [
    ...given.map((argument) => `${argument.name}: ${write(sampleOf(samples, argument))}`),
    ...(more ? [more] : []),
  ];
  return written.length ? `(${written.join(", ")})` : "";
}

/** Values as GraphQL writes them; texts in capitals are values of enums. */
function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([name, inner]) => `${name}: ${write(inner)}`)
      .join(", ")}}`;
  return typeof value === "string" && /^[A-Z]{2}[A-Z_]*$/.test(value) ? value : JSON.stringify(value);
}

/** Everything that can be selected without arguments, so that what the argument does really happens. */
function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (!isCompositeType(type)) return "";
  const fields = isObjectType(type)
    ? Object.values(type.getFields()).flatMap((field) => {
        if (field.args.length) return [];
        const inner = getNamedType(field.type);
        if (isScalarType(inner) || !isCompositeType(inner)) return [field.name];
        return depth > 0 ? [`${field.name} ${selectionOf(schema, inner, depth - 1)}`] : [];
      })
    : [];
  return `{ ${["__typename", ...fields].join(" ")} }`;
}
