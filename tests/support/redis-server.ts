import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createConnection } from "node:net";

/** Whether the program is there; tests that need it are skipped with a message where it is not. */
export const hasRedisServer = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedisServer) console.warn("redis-server is not on PATH: tests with a real Redis are skipped.");

export interface RedisServer {
  url: string;
  start(): Promise<void>;
  /** As when the machine loses its power. */
  kill(): Promise<void>;
}

/** A Redis of its own on a free port, with nothing on disk. It is not running yet. */
export async function redisServer(): Promise<RedisServer> {
  const port = await freePort();
  let process: ChildProcess | null = null;
  return {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
      process = spawn("redis-server", ["--port", String(port), ...options], { stdio: "ignore" });
      while (!(await answers(port))) await sleep(20);
    },
    async kill() {
      if (!process) return;
      const ended = once(process, "exit");
      process.kill("SIGKILL");
      await ended;
      process = null;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
