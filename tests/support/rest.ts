import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import request, { type Response } from "supertest";
import { expect } from "vitest";
import type { Api } from "./api.js";

type Method = "get" | "head" | "post" | "put" | "delete";

export interface RestRequest {
  token?: string;
  body?: object | string;
  headers?: Record<string, string>;
}

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

export interface OpenapiDocument {
  openapi: string;
  security: object[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: object; additionalProperties?: boolean }> };
}

/** Asks over HTTP and holds every answer in JSON against the OpenAPI document, where no key may be that it does not name. */
export function restClient(api: Api) {
  const document = (api.app as unknown as { swagger(): OpenapiDocument }).swagger();
  const validate = validatorOf(document);
  return async function ask(method: Method, path: string, options: RestRequest = {}): Promise<Response> {
    const sent = request(api.app.server)[method](path);
    if (options.token) sent.set("authorization", `Bearer ${options.token}`);
    for (const [name, value] of Object.entries(options.headers ?? {})) sent.set(name, value);
    const response = await (options.body ? sent.send(options.body) : sent);
    if (method !== "head" && response.type === "application/json" && response.status !== 304)
      validate(method, path.split("?")[0]!, response);
    return response;
  };
}

function validatorOf(document: OpenapiDocument) {
  const strict = structuredClone(document);
  for (const schema of Object.values(strict.components.schemas))
    if (schema.properties) schema.additionalProperties = false;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(strict, "openapi");
  return (method: Method, path: string, { status, body }: Response) => {
    const template = templateOf(document, path);
    // Addresses that there are not have no answers to hold theirs against.
    if (!template || !document.paths[template]?.[method]) return;
    const place = [
      "paths",
      template,
      method,
      "responses",
      String(status),
      "content",
      "application/json",
      "schema",
    ];
    const pointer = place
      .map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"))
      .map(encodeURIComponent);
    const { responses } = document.paths[template][method];
    expect(Object.keys(responses), `${method} ${path}`).toContain(String(status));
    const check = ajv.compile({ $ref: `openapi#/${pointer.join("/")}` });
    if (!check(body)) throw new Error(`${method} ${path}: ${ajv.errorsText(check.errors)}`);
  };
}

/** @returns the path of the document that the address belongs to: the one with the fewest parameters. */
function templateOf(document: OpenapiDocument, path: string): string | undefined {
  return Object.keys(document.paths)
    .filter((template) => new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+")}$`).test(path))
    .sort((a, b) => a.split("{").length - b.split("{").length)[0];
}
