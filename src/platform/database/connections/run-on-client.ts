import type pg from "pg";
import { cancelStatement } from "./cancel-statement.js";
import type { DriverClient, OpenClients } from "./open-clients.js";

/** Milliseconds beyond its statement_timeout after which a statement's connection is taken for dead. */
const GRACE = 1_500;

export interface RunOptions {
  /** Cancels the statement; its reason is what is thrown then. */
  signal: AbortSignal | undefined;
  /** Milliseconds after which PostgreSQL ends the statement by itself; 0 is never. */
  statementTimeout: number;
}

/**
 * Runs one statement on a connection that is held. It settles when PostgreSQL has ended the statement: also when it is
 * cancelled, so that a connection is never given on while work is done on it. A connection that gives no answer at
 * all is closed, which fails the statement like a lost connection.
 * @throws the signal's reason when it was aborted before the statement had a result.
 */
export async function runOnClient(
  client: pg.ClientBase,
  clients: OpenClients,
  statement: string | pg.QueryConfig,
  { signal, statementTimeout }: RunOptions,
): Promise<pg.QueryResult> {
  signal?.throwIfAborted();
  const silence = statementTimeout > 0 ? closeWhenSilent(client, clients, statementTimeout + GRACE) : null;
  const cancellation = signal ? cancelOnAbort(client, clients, signal) : null;
  try {
    const result = await client.query(statement);
    clients.heard(client);
    return result;
  } catch (error) {
    if (!clients.isLost(client)) clients.heard(client);
    if (signal?.aborted) throw signal.reason;
    throw error;
  } finally {
    silence?.stop();
    await cancellation?.settled();
  }
}

interface Watch {
  stop(): void;
}

/** Closes the connection when not a byte has come for so long. */
function closeWhenSilent(client: pg.ClientBase, clients: OpenClients, milliseconds: number): Watch {
  const { stream } = (client as DriverClient).connection;
  let timer: NodeJS.Timeout;
  let isOver = false;
  const wait = (delay: number): void => {
    const before = stream.bytesRead;
    timer = setTimeout(() => {
      // After a long stall of this process timers come first: what has arrived meanwhile is read before this is judged.
      setImmediate(() => {
        if (isOver) return;
        if (stream.bytesRead > before) wait(GRACE);
        else clients.destroySilent(client);
      });
    }, delay);
  };
  wait(milliseconds);
  return {
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

interface Cancellation {
  /** Resolves when no cancel request is under way any more. */
  settled(): Promise<void> | undefined;
}

function cancelOnAbort(client: pg.ClientBase, clients: OpenClients, signal: AbortSignal): Cancellation {
  let request: Promise<void> | undefined;
  let silence: Watch | undefined;
  const onAbort = (): void => {
    request = cancelStatement(client as DriverClient);
    silence = closeWhenSilent(client, clients, 2 * GRACE);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    settled() {
      signal.removeEventListener("abort", onAbort);
      silence?.stop();
      return request;
    },
  };
}
