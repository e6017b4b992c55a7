import type { Socket } from "node:net";
import type pg from "pg";
import type { CancelTarget } from "./cancel-statement.js";

/** What pg's type definitions leave out. */
export type DriverClient = pg.PoolClient & CancelTarget & { connection: { stream: Socket } };

interface ClientState {
  /** When PostgreSQL last answered on it; as performance.now() has it. */
  heardAt: number;
  isLost: boolean;
}

/** The connections of one pool, from the moment they are made until their sockets are closed. */
export class OpenClients {
  private readonly states = new Map<pg.ClientBase, ClientState>();
  /** Of the last client that fell silent: clients that have not been heard since then may have as well. */
  private silenceAt = -Infinity;

  /** For the pool's `onConnect`: it is called with each client before anybody gets it. */
  readonly add = (client: pg.ClientBase): void => {
    const state = { heardAt: performance.now(), isLost: false };
    this.states.set(client, state);
    // pg emits `error` on a connection that drops; without a listener Node exits.
    client.on("error", () => {
      state.isLost = true;
    });
    client.once("end", () => this.states.delete(client));
  };

  heard(client: pg.ClientBase): void {
    const state = this.states.get(client);
    if (state) state.heardAt = performance.now();
  }

  isLost(client: pg.ClientBase): boolean {
    return this.states.get(client)?.isLost ?? false;
  }

  /** @returns milliseconds since PostgreSQL last answered; Infinity for a client that may have fallen silent. */
  quietFor(client: pg.ClientBase): number {
    const heardAt = this.states.get(client)?.heardAt ?? performance.now();
    return heardAt <= this.silenceAt ? Infinity : performance.now() - heardAt;
  }

  /** Closes a connection that does not answer any more, at once: a polite end would wait for its answer. */
  destroySilent(client: pg.ClientBase): void {
    this.silenceAt = performance.now();
    const state = this.states.get(client);
    if (state) state.isLost = true;
    (client as DriverClient).connection.stream.destroy();
  }

  /** Closes all that are still open. */
  destroyAll(): void {
    for (const client of this.states.keys()) (client as DriverClient).connection.stream.destroy();
  }
}
