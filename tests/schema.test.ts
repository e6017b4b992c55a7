import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  type GraphQLNamedType,
} from "graphql";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schemaText } from "../src/graphql/print-schema.js";

const served = schemaText();
const schema = buildSchema(served);
const own = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith("__") && !["String", "Int", "Float", "Boolean", "ID"].includes(type.name),
);

describe("schema.graphql", () => {
  it("is what the server serves (npm run schema writes it)", () => {
    expect(readFileSync(new URL("../schema.graphql", import.meta.url), "utf8")).toBe(served);
  });

  it("describes every type, field, argument and value", () => {
    expect(own.flatMap(undescribed)).toEqual([]);
  });

  it("gives non-null types and lists where they are promised", () => {
    const field = (type: string, name: string) => {
      const found = schema.getType(type);
      return isObjectType(found) ? String(found.getFields()[name]?.type) : undefined;
    };
    expect(field("Query", "papers")).toBe("PaperConnection!");
    expect(field("Query", "nodes")).toBe("[Node]!");
    expect(field("Paper", "related")).toBe("[Paper!]!");
    expect(field("User", "upvotedPapers")).toBe("PaperConnection");
  });
});

function undescribed(type: GraphQLNamedType): string[] {
  const missing = type.description ? [] : [type.name];
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      if (!field.description) missing.push(`${type.name}.${field.name}`);
      for (const arg of field.args)
        if (!arg.description) missing.push(`${type.name}.${field.name}(${arg.name})`);
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields()))
      if (!field.description) missing.push(`${type.name}.${field.name}`);
  } else if (isEnumType(type)) {
    for (const value of type.getValues()) if (!value.description) missing.push(`${type.name}.${value.name}`);
  } else if (!isScalarType(type)) missing.push(`${type.name} is of a kind this test does not know`);
  return missing;
}
