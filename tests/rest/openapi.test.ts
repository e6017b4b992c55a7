import { Validator } from "@seriousme/openapi-schema-validator";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import type { OpenapiDocument } from "../support/rest.js";

let api: Api;
let document: OpenapiDocument;
beforeAll(async () => {
  api = await testApi();
  document = (await request(api.app.server).get("/openapi.json")).body as OpenapiDocument;
});
afterAll(() => api.close());

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(
      await validator.validate(structuredClone(document) as unknown as Record<string, unknown>),
    ).toMatchObject({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("has the addresses of Hugging Face's papers API and those beyond it", () => {
    const paths = Object.keys(document.paths);
    expect(paths).toEqual(
      expect.arrayContaining([
        "/api/daily_papers",
        "/api/papers",
        "/api/papers/search",
        "/api/papers/{paperId}",
        "/api/papers/{paperId}/upvote",
        "/api/papers/{paperId}/comment/{commentId}/reply",
        "/api/arxiv/{arxivId}/repos",
        "/api/organizations/{name}/papers",
        "/api/tags/{slug}/papers",
        "/api/quicksearch",
        "/papers/{paperId}",
      ]),
    );
  });

  it("has what all routes may answer: 429, and 304 where an answer has an ETag", async () => {
    for (const [path, operations] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(operations)) {
        const { responses } = operation as unknown as { responses: Record<string, { headers?: object }> };
        expect(responses["429"]?.headers, `${method} ${path}`).toHaveProperty("Retry-After");
        const isFile = path.startsWith("/api/export/");
        expect("304" in responses, `${method} ${path}`).toBe(method === "get" && !isFile);
      }
    const first = await api.app.inject("/api/tags");
    const again = await api.app.inject({
      url: "/api/tags",
      headers: { "if-none-match": String(first.headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
  });

  it("enumerates the values of parameters, which come with commas or several times", async () => {
    const parameters = (
      document.paths["/api/analytics/groups"] as unknown as Record<
        string,
        { parameters: { name: string; schema: { items?: { enum?: string[] } } }[] }
      >
    ).get!.parameters;
    const by = parameters.find(({ name }) => name === "by");
    expect(by?.schema.items?.enum).toEqual(expect.arrayContaining(["tag", "organisation", "year"]));
    const asked = ["by=tag,year", "by=tag&by=year"].map((query) => `/api/analytics/groups?${query}`);
    for (const url of asked) expect((await api.app.inject(url)).statusCode, url).toBe(200);
    const refused = await api.app.inject("/api/analytics/groups?by=tag,nothing");
    expect(refused.statusCode).toBe(400);
    expect(refused.json<{ error: string }>().error).toMatch(/^by: takes tag, organisation, /);
  });

  it("describes every operation, every parameter and every answer", () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const {
          summary,
          parameters = [],
          responses,
        } = operation as unknown as {
          summary?: string;
          parameters?: { name: string; description?: string; required?: boolean; in: string }[];
          responses: Record<string, { description: string }>;
        };
        expect(summary, `${method} ${path}`).toBeTruthy();
        for (const { name, description, required, in: place } of parameters) {
          expect(description, `${path} ${name}`).toBeTruthy();
          if (place === "path") expect(required, `${path} ${name}`).toBe(true);
        }
        for (const { description } of Object.values(responses))
          expect(description, `${method} ${path}`).not.toBe("Default Response");
      }
    }
  });

  it("gives every operation a name of its own, by which generated clients call it", () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const names = operations.map((operation) => (operation as { operationId?: string }).operationId);
    expect(names).toEqual(names.map(() => expect.stringMatching(/^[a-z][A-Za-z]+$/) as string));
    expect(new Set(names).size).toBe(names.length);
  });

  it("asks for an access token where a user writes, takes one for reading, and knows none of readers by mail", () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const { security = document.security } = operation as { security?: object[] };
        const expected = /^\/(feeds|api\/digest)\//.test(path)
          ? []
          : [...(method === "get" ? [{}] : []), { accessToken: [] }];
        expect(security, `${method} ${path}`).toEqual(expected);
      }
    }
  });
});

describe("the page of the documentation", () => {
  it("is there, with all that it needs, from this server alone", async () => {
    const page = await request(api.app.server).get("/docs/").set("accept", "text/html");
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'self';/);
    const assets = [...page.text.matchAll(/(?:src|href)="\.?\/?(?:docs\/)?(static\/[^"]+)"/g)].map(
      (match) => match[1]!,
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets)
      expect((await request(api.app.server).get(`/docs/${asset}`)).status, asset).toBe(200);
    expect((await request(api.app.server).get("/docs/json")).body).toEqual(document);
  });
});
