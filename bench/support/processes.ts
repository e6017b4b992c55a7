import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Server {
  name: string;
  url: string;
  stop(): Promise<void>;
}

/** Starts a server of this repository and waits until it says where it listens. */
export async function start(name: string, args: string[], env: Record<string, string>): Promise<Server> {
  const child = spawn(process.execPath, ["--import", "tsx", ...args], {
    cwd: ROOT,
    env: { ...process.env, HOST: "", PORT: "0", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      text += String(chunk);
      const found = /listens on (\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    void ended.then(() => {
      reject(new Error(`${name} ended without listening:\n${text}`));
    });
  });
  return {
    name,
    url,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
