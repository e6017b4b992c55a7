import { buildSchema, findBreakingChanges } from "graphql";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { schemaText } from "../src/api/graphql/print-schema.js";

/** The schema that clients were generated from: that of the last release. `npm run schema:release` replaces it. */
const released = readFileSync(new URL("released-schema.graphql", import.meta.url), "utf8");

const breakingChanges = (next: string) =>
  findBreakingChanges(buildSchema(released), buildSchema(next)).map(({ description }) => description);

describe("the GraphQL schema", () => {
  it("breaks no client of the last release: what it had is still there, and as nullable as it was", () => {
    expect(breakingChanges(schemaText())).toEqual([]);
  });

  it.each([
    ["a field that is gone", /^ {2}paperCount: Int!$/m, "  papers_count: Int!"],
    ["a result that may be null", /^ {2}title: String!$/m, "  title: String"],
    ["an argument that is required", "    first: Int\n", "    first: Int!\n"],
    ["an enum value that is gone", /^ {2}TRENDING$/m, "  HOT"],
    ["an interface that is gone", "type Paper implements Node {", "type Paper {"],
  ])("would be refused with %s", (_name, from, to) => {
    const changed = released.replace(from, to);
    expect(changed).not.toBe(released);
    expect(breakingChanges(changed)).not.toEqual([]);
  });
});
