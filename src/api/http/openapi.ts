import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, FastifySchema, RouteOptions } from "fastify";
import { packageVersion } from "../../shared/version.js";
import { errorAnswers } from "./error-handler.js";

/** Seconds: it changes with the server's version alone. */
const CACHE_FOR = 3_600;

const NOT_MODIFIED = {
  type: "null",
  description:
    "Nothing has changed since the answer whose `ETag` came as `If-None-Match`, or whose date came as `If-Modified-Since`.",
};

/** Nothing from elsewhere; Swagger UI sets styles on its elements. */
const PAGE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; object-src 'none'; base-uri 'self'";

/**
 * The OpenAPI document at /openapi.json, made of the schemas of all routes that have a tag, and a page to read it on at
 * /docs, all of it from local files. To be registered before the routes.
 */
export async function registerOpenapi(app: FastifyInstance, publicUrl: string | null): Promise<void> {
  await app.register(swagger, {
    hideUntagged: true,
    // PUBLIC_URL's path stands before all routes; one that begins alike is still a route.
    stripBasePath: false,
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Papergraph",
        version: packageVersion(),
        license: { name: "MIT", identifier: "MIT" },
        description:
          "Research papers over REST: what Hugging Face's papers API answers, and more. Everything that reads needs no token. Unknown parameters are ignored. GraphQL is at /graphql.",
      },
      servers: [{ url: publicUrl ?? "/" }],
      // A token is never needed for reading, but taken: it tells what the viewer upvotes.
      security: [{}, { accessToken: [] }],
      components: {
        securitySchemes: {
          accessToken: { type: "http", scheme: "bearer", description: "An access token of this server." },
        },
      },
    },
    transform: ({ schema, url, route }) => ({ schema: withCommonAnswers(schema, route), url }),
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => nameOf(json.$id, index) },
  });
  app.get("/openapi.json", { config: { cacheFor: CACHE_FOR } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: PAGE_POLICY,
    theme: {
      title: "Papergraph",
      css: [{ filename: "page.css", content: ".swagger-ui .topbar { display: none !important }" }],
    },
    uiConfig: { docExpansion: "list", defaultModelsExpandDepth: 0 },
  });
}

/** Adds the answers that come from the rules of all routes, not from the route itself. */
function withCommonAnswers(
  schema: FastifySchema | undefined,
  { method, config }: RouteOptions,
): FastifySchema {
  const isConditional =
    config?.cacheFor !== undefined && [method].flat().some((name) => /^(GET|HEAD)$/i.test(name));
  return {
    ...schema,
    response: {
      ...(schema?.response as Record<string, unknown> | undefined),
      ...(isConditional && { 304: NOT_MODIFIED }),
      ...(config?.cost !== 0 && errorAnswers(429)),
    },
  };
}

function nameOf(id: unknown, index: number): string {
  return typeof id === "string" ? id : `schema-${index}`;
}
