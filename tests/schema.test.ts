import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type GraphQLNamedType,
} from "graphql";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schemaText } from "../src/api/graphql/print-schema.js";

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

  it("lets what can fail by itself be null, so that the rest of an answer stays", () => {
    const isRoot = (type: GraphQLNamedType) =>
      type === schema.getQueryType() || type === schema.getMutationType();
    const certain = own.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ args }) => args.length > 0 || isRoot(type))
        .filter((field) => isNonNullType(field.type))
        .map(({ name }) => `${type.name}.${name}`),
    );
    // The facets of a list come by one statement: they fail together.
    expect(certain.filter((name) => !name.startsWith("PaperFacets."))).toEqual([
      "Paper.authors",
      "Paper.authorships",
    ]);
    for (const part of ["facets", "stats", "groups", "timeSeries"])
      expect(typeOf("PaperConnection", part)).not.toMatch(/!$/);
    expect(typeOf("DailyPapers", "papers")).toBe("PaperConnection");
    expect(typeOf("SearchInfo", "didYouMean")).toBe("String");
  });

  it("promises the nodes and edges of each list", () => {
    const lists = own.filter(isObjectType).filter(({ name }) => name.endsWith("Connection"));
    expect(lists.length).toBeGreaterThan(4);
    for (const { name } of lists) {
      const node = name.replace(/Connection$/, "");
      expect(typeOf(name, "nodes")).toBe(`[${node}!]!`);
      expect(typeOf(name, "edges")).toBe(`[${node}Edge!]!`);
      expect(typeOf(name, "pageInfo")).toBe("PageInfo!");
      expect(typeOf(`${node}Edge`, "node")).toBe(`${node}!`);
      expect(typeOf(`${node}Edge`, "cursor")).toBe("String!");
    }
  });
});

function typeOf(type: string, name: string): string | undefined {
  const found = schema.getType(type);
  return isObjectType(found) ? String(found.getFields()[name]?.type) : undefined;
}

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
