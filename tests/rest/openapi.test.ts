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
