import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from "graphql";

/**
 * The scalars check no more than that they got a text: what a date must look like is checked where the argument's
 * name is known (shared/dates.ts), for GraphQL and REST alike, so that the error can name it.
 */
function textScalar(
  name: string,
  description: string,
  specifiedByURL: string,
  serialize: (value: Date) => string,
) {
  const text = (value: unknown): string => {
    if (typeof value === "string") return value;
    throw new GraphQLError(`${name} takes a text.`, { extensions: { code: "BAD_USER_INPUT" } });
  };
  // Found by validation, as for the scalars of the specification; the place in the document tells which argument it is.
  const literal = (node: ValueNode): string => {
    if (node.kind === Kind.STRING) return node.value;
    throw new GraphQLError(`${name} takes a text, found ${print(node)}.`, { nodes: node });
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    specifiedByURL,
    parseValue: text,
    parseLiteral: literal,
    serialize: (value) => (value instanceof Date ? serialize(value) : text(value)),
  });
}

export const DateTime = textScalar(
  "DateTime",
  "A timestamp in the format of RFC 3339, returned in UTC: `2025-05-30T00:00:00.000Z`. Arguments may have any offset, or be a date alone (midnight UTC); years 0001 to 9999.",
  "https://www.rfc-editor.org/rfc/rfc3339",
  (date) => date.toISOString(),
);

export const CalendarDate = textScalar(
  "Date",
  "A day of the calendar: `2025-05-30`.",
  "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
  (date) => date.toISOString().slice(0, 10),
);
