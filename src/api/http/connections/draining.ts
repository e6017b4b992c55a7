import type { FastifyInstance } from "fastify";
import { Server } from "node:net";
import { promisify } from "node:util";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

declare module "fastify" {
  interface FastifyInstance {
    /** Whether this process is about to end, which /readyz tells. */
    isDraining: boolean;
  }
}

/** Milliseconds by which Node.js may be late to close a connection that is idle for too long. */
const LATE = 1_500;
/** Milliseconds between two looks at whether connections are left. */
const LOOK_EVERY = 50;

/** Lets the application be ended without losing a request; see `drain`. */
export function registerDraining(app: FastifyInstance): void {
  app.decorate("isDraining", false);
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (app.isDraining && !app.server.listening) void reply.header("connection", "close");
    done();
  });
}

export interface DrainTimes {
  /** Milliseconds for which all goes on but /readyz is red, so that proxies learn that this server goes. */
  shutdownDelay: number;
  /** Milliseconds that requests under way get after that. */
  drainTimeout: number;
}

/**
 * Ends the application without cutting a request. First /readyz turns red and nothing else changes. Then no new
 * connections are taken, and each answer asks to close its own: only now, as connections that clients make in place of
 * closed ones would wait to be accepted just when nobody accepts them any more. Connections without a request end as they
 * always do, by the keep-alive timeout, which clients and proxies know and undercut: closed earlier, one would be closed
 * under a request that is on its way. At last what is under way ends.
 */
export async function drain(
  app: FastifyInstance,
  { shutdownDelay, drainTimeout }: DrainTimes,
): Promise<void> {
  const { server } = app;
  app.isDraining = true;
  await sleep(shutdownDelay);
  const overdue = setTimeout(() => {
    server.closeAllConnections();
  }, drainTimeout);
  // Right after the event loop has accepted what waited. The HTTP server's own close() would end idle connections.
  await nextTurn();
  if (server.listening) Server.prototype.close.call(server);
  await connectionsEnd(server, Math.min(server.keepAliveTimeout + LATE, drainTimeout));
  await app.close();
  clearTimeout(overdue);
}

async function connectionsEnd(server: Server, milliseconds: number): Promise<void> {
  const count = promisify(server.getConnections.bind(server));
  const until = performance.now() + milliseconds;
  while (performance.now() < until && (await count()) > 0) await sleep(LOOK_EVERY);
}
