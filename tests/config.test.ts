import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfig } from "../src/config/config.js";

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

  it("takes secrets from files, where they are not to be seen in the environment", () => {
    const directory = mkdtempSync(join(tmpdir(), "papergraph-secrets-"));
    const path = join(directory, "database");
    writeFileSync(path, "postgres://user:secret@db/papers\n");
    expect(readConfig({ DATABASE_URL_FILE: path }).databaseUrl).toBe("postgres://user:secret@db/papers");
    writeFileSync(path, "smtp://user:secret@mail.example.org\n");
    expect(readConfig({ SMTP_URL_FILE: path })).toMatchObject({
      smtpUrl: "smtp://user:secret@mail.example.org",
      digest: true,
    });
    expect(() => readConfig({ SMTP_URL_FILE: path, SMTP_URL: "smtp://x" })).toThrow(
      "SMTP_URL and SMTP_URL_FILE are both set: leave one of them out.",
    );
    writeFileSync(path, "\n");
    expect(() => readConfig({ SMTP_URL_FILE: path })).toThrow(/^SMTP_URL_FILE is .* empty\.$/);
    rmSync(directory, { recursive: true });
    expect(() => readConfig({ SMTP_URL_FILE: path })).toThrow(
      /^SMTP_URL_FILE is .* cannot be read \(ENOENT\)\.$/,
    );
  });

  it("has to be told in production which database it is", () => {
    const NODE_ENV = "production";
    expect(() => readConfig({ NODE_ENV })).toThrow(/^DATABASE_URL is not set: in production/);
    expect(readConfig({ NODE_ENV, DATABASE_URL: "built-in" })).toMatchObject({
      databaseUrl: null,
      isProduction: true,
    });
    expect(readConfig({ NODE_ENV: "test" }).isProduction).toBe(false);
  });

  it("takes an identity provider whole or not at all", () => {
    const whole = {
      JWKS_URL: "https://login.example.org/jwks.json",
      JWT_ISSUER: "https://login.example.org/",
      JWT_AUDIENCE: "papergraph",
    };
    expect(readConfig(whole).identityProvider).toEqual({
      jwksUrl: whole.JWKS_URL,
      issuer: whole.JWT_ISSUER,
      audience: whole.JWT_AUDIENCE,
      personClaim: null,
      tokenDays: 30,
    });
    const more = { ...whole, JWT_PERSON_CLAIM: "hf_name", JWT_TOKEN_DAYS: "0" };
    expect(readConfig(more).identityProvider).toMatchObject({ personClaim: "hf_name", tokenDays: 0 });
    expect(readConfig({}).identityProvider).toBeNull();
    for (const name of Object.keys(whole))
      expect(() => readConfig({ ...whole, [name]: "" })).toThrow(new RegExp(`^${name} is not set`));
    for (const JWKS_URL of ["http://login.example.org/jwks.json", "file:///etc/passwd", "login.example.org"])
      expect(() => readConfig({ ...whole, JWKS_URL })).toThrow(/^JWKS_URL is/);
  });

  it("takes origins, or * for all", () => {
    expect(readConfig({}).http.corsOrigins).toBeNull();
    expect(readConfig({ CORS_ORIGINS: "*" }).http.corsOrigins).toBeNull();
    expect(
      readConfig({ CORS_ORIGINS: "https://a.example.org, http://localhost:5173" }).http.corsOrigins,
    ).toEqual(["https://a.example.org", "http://localhost:5173"]);
    for (const CORS_ORIGINS of [
      "a.example.org",
      "https://a.example.org/",
      "*, https://a.example.org",
      "null",
    ])
      expect(() => readConfig({ CORS_ORIGINS })).toThrow(/^CORS_ORIGINS has/);
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
    ["HTTP_BODY_LIMIT", "1"],
    ["HTTP_HEADERS_TIMEOUT", "10s"],
    ["HTTP_MAX_CONNECTIONS", "0"],
    ["DATABASE_QUEUE", "-1"],
    ["LOCK_TIMEOUT", "x"],
    ["EMBEDDED_PORT", "0"],
    ["EMBEDDED_MEMORY_MB", "1GB"],
  ])("refuses %s=%s by its name, in one line", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} is [^\\n]+$`));
  });
});
