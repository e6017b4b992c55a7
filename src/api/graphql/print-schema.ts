import "reflect-metadata";
import { lexicographicSortSchema, printSchema } from "graphql";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { buildGraphqlSchema } from "./schema.js";

/** @returns the served schema as text, sorted so that a change of the code's order is no change of the schema. */
export function schemaText(): string {
  return `${printSchema(lexicographicSortSchema(buildGraphqlSchema()))}\n`;
}

// npm run schema
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(new URL("../../../schema.graphql", import.meta.url), schemaText());
}
