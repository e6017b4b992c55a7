import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP proxy that can stop forwarding on connections, as a firewall that forgets them does: nobody is told. */
export interface SilencingProxy {
  port: number;
  /** Connections that there are now forward nothing from now on, and are not closed; new ones are as before. */
  silence(): void;
  /** Connections that were made since the beginning. */
  readonly made: number;
  close(): Promise<void>;
}

export async function silencingProxy(host: string, port: number): Promise<SilencingProxy> {
  const sockets = new Set<Socket>();
  let silent = new WeakSet<Socket>();
  let made = 0;
  const server = createServer((near) => {
    made++;
    const far = connect(port, host);
    const forward = (from: Socket, to: Socket) => {
      sockets.add(from);
      from.on("data", (data) => {
        if (!silent.has(from)) to.write(data);
      });
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        if (!silent.has(from)) to.destroy();
      });
    };
    forward(near, far);
    forward(far, near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get made() {
      return made;
    },
    silence() {
      silent = new WeakSet(sockets);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
