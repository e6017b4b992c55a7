import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";

export interface RawSocket {
  socket: Socket;
  /** All that came until the other side closed. */
  ended: Promise<string>;
}

/** Opens a connection on which a test says byte by byte what a client may say. */
export async function rawSocket(app: FastifyInstance, localAddress?: string): Promise<RawSocket> {
  const { port } = app.server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  let received = "";
  socket.on("data", (chunk) => (received += String(chunk)));
  socket.on("error", () => undefined);
  const ended = new Promise<string>((resolve) => {
    socket.once("close", () => {
      resolve(received);
    });
  });
  await once(socket, "connect");
  return { socket, ended };
}
