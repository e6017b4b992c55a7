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

  it("switches the digest on where there is a mail server, unless it is told otherwise", () => {
    const SMTP_URL = "smtp://user:secret@mail.example.org";
    expect(readConfig({}).digest).toBe(false);
    expect(readConfig({ SMTP_URL }).digest).toBe(true);
    expect(readConfig({ SMTP_URL, DIGEST: "off" }).digest).toBe(false);
    expect(readConfig({ DIGEST: "on" }).digest).toBe(true);
  });

  it("does not repeat the password of a mail server's address that is wrong", () => {
    expect(() => readConfig({ SMTP_URL: "smtp//user:secret@mail" })).toThrow(/^(?!.*secret)SMTP_URL is/);
  });

  it("takes a public address with or without a slash at its end, and any list of proxies", () => {
    expect(readConfig({ PUBLIC_URL: "https://Example.org/papers/" }).publicUrl).toBe(
      "https://example.org/papers",
    );
    expect(readConfig({ TRUST_PROXY: "10.0.0.0/8, ::1 loopback" }).trustProxy).toEqual([
      "10.0.0.0/8",
      "::1",
      "loopback",
    ]);
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
    ["DIGEST", "yes"],
    ["PUBLIC_URL", "papers.example.org"],
    ["PUBLIC_URL", "https://papers.example.org/?a=b"],
    ["SMTP_URL", "mail.example.org:587"],
    ["SMTP_URL", "http://mail.example.org"],
    ["TRUST_PROXY", "on"],
    ["TRUST_PROXY", "10.0.0.0/33"],
  ])("refuses %s=%s by its name, in one line", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} is [^\\n]+$`));
  });
});
