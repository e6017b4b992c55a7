import fastifyStatic from "@fastify/static";
import { getDistDirectory, renderAltair } from "altair-static";
import type { FastifyInstance } from "fastify";
import { EXAMPLES } from "./query-page.examples.js";

const ASSETS = "/graphql/page/";

/**
 * Shows Altair to browsers at /graphql, all of it from local files. Whatever does not ask for HTML goes on to the
 * GraphQL handler.
 */
export async function registerQueryPage(app: FastifyInstance): Promise<void> {
  const page = renderAltair({
    baseURL: ASSETS,
    endpointURL: "/graphql",
    initialWindows: EXAMPLES.map(({ name, query }) => ({
      initialName: name,
      initialQuery: query,
      endpointURL: "/graphql",
    })),
    initialSettings: { theme: "system", addQueryDepthLimit: 1 },
    instanceStorageNamespace: "papergraph_",
    disableAccount: true,
  });
  await app.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: ASSETS,
    logLevel: "warn",
    index: false,
    maxAge: "1d",
  });
  app.addHook("onRequest", async (request, reply) => {
    if (
      request.method !== "GET" ||
      !/^\/graphql\/?$/.test(request.url) ||
      !request.headers.accept?.includes("text/html")
    )
      return;
    await reply.type("text/html; charset=utf-8").send(page);
  });
}
