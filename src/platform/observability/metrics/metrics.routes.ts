import type { FastifyInstance, FastifyRequest } from "fastify";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { notFound, OperatorError } from "../../../shared/errors.js";
import type { ObservabilitySettings } from "../../../config/observability.config.js";
import type { Metrics } from "./metrics.js";

const PATH = "/metrics";

/** Headers that proxies add: the caller is then another one than who connected. */
const FORWARDED = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "cf-connecting-ip",
];
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** Answers /metrics: with METRICS_PORT at an address of its own, otherwise beside everything else. */
export function registerMetrics(
  app: FastifyInstance,
  metrics: Metrics,
  settings: Pick<ObservabilitySettings, "metrics" | "metricsHost" | "metricsPort">,
): void {
  if (settings.metricsPort !== null) {
    listenApart(app, metrics, { host: settings.metricsHost, port: settings.metricsPort });
    return;
  }
  app.get(PATH, { config: { quiet: true, cost: 0 } }, async (request, reply) => {
    // To others it is not there: what is not told needs no excuse.
    if (settings.metrics === "local" && !isLocal(request)) throw notFound(`GET ${PATH}`);
    return reply.type(metrics.contentType).send(await metrics.print());
  });
}

/** Pages of other sites, in a browser of this machine, are not local: browsers say who asks. */
function isLocal({ raw, headers }: FastifyRequest): boolean {
  const isPage = headers.origin !== undefined || (headers["sec-fetch-site"] ?? "none") !== "none";
  return (
    LOOPBACK.test(raw.socket.remoteAddress ?? "") &&
    !isPage &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}

function listenApart(app: FastifyInstance, metrics: Metrics, at: { host: string; port: number }): void {
  const server = createServer((request, response) => {
    if (request.url?.split("?", 1)[0] !== PATH || request.method !== "GET") {
      response.writeHead(404).end();
      return;
    }
    metrics.print().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  app.addHook("onReady", async () => {
    await listening(server, at);
    app.log.info({ address: server.address() }, "metrics have an address of their own");
  });
  app.addHook("onClose", async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
}

async function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new OperatorError(
      `Metrics cannot be served at ${host}:${port} (${(error as NodeJS.ErrnoException).code ?? "unknown reason"}): see METRICS_HOST and METRICS_PORT.`,
    );
  }
}
