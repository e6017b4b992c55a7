import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config.js";

describe("the configuration", () => {
  it("has defaults for everything", () => {
    expect(readConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 4000,
      databaseUrl: null,
      graphiql: true,
    });
  });

  it("takes the public address without slashes at its end", () => {
    expect(readConfig({ PUBLIC_URL: "https://example.org/papers//" }).publicUrl).toBe(
      "https://example.org/papers",
    );
  });

  it("takes an empty value for none", () => {
    expect(readConfig({ PORT: "", DATABASE_URL: "" })).toEqual(readConfig({}));
  });

  it.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["DATABASE_URL", "mysql://x"],
    ["PUBLIC_URL", "papers.example.org"],
    ["PUBLIC_URL", "https://papers.example.org/?a"],
    ["QUERY_TIMEOUT", "1s"],
    ["LOG_LEVEL", "loud"],
    ["GRAPHIQL", "yes"],
  ])("refuses %s=%s by its name, in one line", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} is [^\\n]+$`));
  });
});
