import type { FastifyInstance } from "fastify";
import { setTimeout as sleep } from "node:timers/promises";

declare module "fastify" {
  interface FastifyInstance {
    /** Whether this process is about to end: it still answers, and asks not to be sent more. */
    isDraining: boolean;
  }
}

/** Lets the application be ended without losing a request; see `drain`. */
export function registerDraining(app: FastifyInstance): void {
  app.decorate("isDraining", false);
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (app.isDraining) void reply.header("connection", "close");
    done();
  });
}

export interface DrainTimes {
  /** Milliseconds for which everything is answered still, so that proxies and clients learn that this server goes. */
  shutdownDelay: number;
  /** Milliseconds that requests under way get after that. */
  drainTimeout: number;
}

/**
 * Ends the application in two steps. First /readyz is red and each answer asks to close its connection, while new
 * connections and requests are still taken: a client that asks again and again has no connection left that could be
 * closed under its next request. Then nothing more is taken, and requests under way end.
 */
export async function drain(
  app: FastifyInstance,
  { shutdownDelay, drainTimeout }: DrainTimes,
): Promise<void> {
  app.isDraining = true;
  await sleep(shutdownDelay);
  const overdue = setTimeout(() => {
    app.server.closeAllConnections();
  }, drainTimeout);
  await app.close();
  clearTimeout(overdue);
}
