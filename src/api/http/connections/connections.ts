import type { FastifyInstance } from "fastify";
import type { Socket } from "node:net";
import { networkOf } from "../../../shared/network.js";
import type { HttpSettings } from "../../../config/http.config.js";
import { networkList } from "../network-list.js";

/** Milliseconds between two lines in the log about connections that were refused. */
const LOG_EVERY = 10_000;

/**
 * Bounds the connections: of all, and of one network address. A connection beyond the bound is closed as soon as it is
 * made. Proxies (`TRUST_PROXY`) have connections of many callers: they are bounded in total only, and have to bound
 * their own callers.
 */
export function boundConnections(
  app: FastifyInstance,
  { maxConnections, connectionsPerAddress }: HttpSettings,
  trustProxy: readonly string[],
): void {
  const { server } = app;
  const proxies = networkList(trustProxy);
  const open = new Map<string, number>();
  const refused = refusals(app, { maxConnections, connectionsPerAddress });
  server.maxConnections = maxConnections;
  server.on("drop", refused);
  server.prependListener("connection", (socket: Socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || proxies.has(remoteAddress)) return;
    const network = networkOf(remoteAddress);
    const count = open.get(network) ?? 0;
    if (count >= connectionsPerAddress) {
      socket.destroy();
      refused();
      return;
    }
    open.set(network, count + 1);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left === 0) open.delete(network);
      else open.set(network, left);
    });
  });
}

/** @returns what counts a refused connection, and writes how many there were to the log now and then. */
function refusals(app: FastifyInstance, limits: Record<string, number>): () => void {
  let count = 0;
  let loggedAt = -Infinity;
  return () => {
    count++;
    if (performance.now() - loggedAt < LOG_EVERY) return;
    app.log.warn({ refused: count, ...limits }, "connections were refused: there are too many");
    count = 0;
    loggedAt = performance.now();
  };
}
