import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves with what the pattern finds in standard error as soon as it stands there. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the papergraph command as a process of its own. */
export function papergraph(args: string[], env: Record<string, string>, input?: string | Buffer): Running {
  const child = spawn(process.execPath, [inject("program"), ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: "0", LOG_LEVEL: "warn", ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  child.stdin.on("error", () => undefined).end(input);
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    process: child,
    ended,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(stderr);
        if (found) return found;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`ended without saying ${pattern}: ${stderr}`);
        await Promise.race([once(child.stderr, "data"), once(child, "exit")]);
      }
    },
  };
}

/** Runs a command to its end. */
export function run(args: string[], env: Record<string, string>, input?: string | Buffer): Promise<Ended> {
  return papergraph(args, env, input).ended;
}
