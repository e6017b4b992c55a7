import fastifyStatic from "@fastify/static";
import { getDistDirectory, renderAltair } from "altair-static";
import type { FastifyInstance } from "fastify";
import { EXAMPLES } from "./graphql-ide.examples.js";

const ASSETS = "/graphql/page/";

/** Stands for the address, which Altair wants whole and only the browser knows. */
const ENDPOINT = "the-address-of-this-page";

/** Nothing from elsewhere; Altair starts with an inline script and runs its workers from blobs. */
const PAGE_POLICY =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'; object-src 'none'; base-uri 'self'";

/** What readers write to run before a request runs in a frame of Altair's own page. */
const SCRIPTS_POLICY = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'");

/**
 * Shows Altair to browsers at /graphql, all of it from local files. Whatever does not ask for HTML goes on to the
 * GraphQL handler.
 */
export async function registerQueryPage(app: FastifyInstance): Promise<void> {
  const template = renderAltair({
    baseURL: ASSETS,
    // Altair shows the last window first.
    initialWindows: EXAMPLES.toReversed().map(({ name, query }) => ({
      initialName: name,
      initialQuery: query,
      endpointURL: ENDPOINT,
    })),
    initialSettings: {
      theme: "system",
      addQueryDepthLimit: 1,
      "schema.reloadOnStart": true,
      "banners.disable": true,
      "alert.disableUpdateNotification": true,
      disablePushNotification: true,
    },
    instanceStorageNamespace: "papergraph_",
    disableAccount: true,
  });
  // Altair writes its options as template literals.
  const page = template.replaceAll(ENDPOINT, "${new URL('/graphql', location).href}");
  await app.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: ASSETS,
    logLevel: "warn",
    index: false,
    maxAge: "1d",
    setHeaders: (response, path) => {
      if (path.endsWith(".html")) response.header("content-security-policy", SCRIPTS_POLICY);
    },
  });
  app.addHook("onRequest", async (request, reply) => {
    if (
      request.method !== "GET" ||
      !/^\/graphql\/?$/.test(request.url) ||
      !request.headers.accept?.includes("text/html")
    )
      return;
    await reply.type("text/html; charset=utf-8").header("content-security-policy", PAGE_POLICY).send(page);
  });
}
