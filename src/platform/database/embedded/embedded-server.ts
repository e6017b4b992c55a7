import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bringDown, serverEnvironment, type ServerUser } from "./embedded-processes.js";

const LOG_LIMIT = 10 * 2 ** 20;

/** Where the lines of one run of the server go. */
export interface Log {
  write(line: string): void;
  close(): void;
}

/** Opens postgres.log, and lets somebody else hear its lines too. */
export function openLog(dataDir: string, listener?: (line: string) => void): Log {
  const path = join(dataDir, "postgres.log");
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) renameSync(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
  // A full disk must not end the process for want of a log.
  stream.on("error", () => undefined);
  return {
    write: (line) => {
      stream.write(`${line}\n`);
      listener?.(line);
    },
    close: () => stream.end(),
  };
}

/** What tells why PostgreSQL ended, the most telling first: a full disk shows in several other failures. */
const TELLING = [
  /No space left|wrote only|Cannot allocate memory/,
  /^(FATAL|PANIC):|because /,
  /error:/,
  /./,
];

/** The line of PostgreSQL's output that tells why it ended, with the line that explains it. */
export function causeIn(lines: string[]): string {
  const texts = lines.map((line) => line.replace(/^[\d-]+ [\d:.]+ \w+ \[\d+\] /, "").trim());
  const index = TELLING.map((pattern) => texts.findLastIndex((text) => pattern.test(text))).find(
    (at) => at >= 0,
  );
  const [cause = "it said nothing", next = ""] = index === undefined ? [] : texts.slice(index);
  const text = /^(DETAIL|HINT):/.test(next) ? `${cause} (${next})` : cause;
  return text.replace(/\s+/g, " ");
}

/**
 * When this process is killed its end of the pipe closes, and a shell asks the server to shut down. A courtesy: without
 * it the next start finds the server and ends it.
 */
function watchOver(server: ChildProcess): void {
  const watch = spawn("/bin/sh", ["-c", 'read -r _ || kill -INT "$1"', "sh", String(server.pid)], {
    detached: true,
    cwd: "/",
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  watch.on("error", () => undefined);
  watch.stdin.on("error", () => undefined);
  watch.unref();
  server.once("exit", () => watch.kill("SIGKILL"));
}

/** One run of the postgres program. */
export class Server {
  /** Resolves with the reason in one line when the program has ended, or could not be started. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly recent: string[] = [];

  constructor(program: string, args: string[], user: ServerUser | undefined, log: Log) {
    this.child = spawn(program, args, {
      // A session of its own: Ctrl-C is meant for us, who stop the server after the last request.
      detached: true,
      cwd: "/",
      env: serverEnvironment(),
      stdio: ["ignore", "ignore", "pipe"],
      ...user,
    });
    this.ended = this.whenEnded();
    if (this.child.stderr) {
      createInterface({ input: this.child.stderr }).on("line", (line) => {
        this.recent.push(line);
        if (this.recent.length > 50) this.recent.shift();
        log.write(line);
      });
    }
    if (this.running) watchOver(this.child);
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Another program took the port between our choosing it and PostgreSQL's using it. */
  get portWasTaken(): boolean {
    return this.recent.some((line) => line.includes("could not bind"));
  }

  /** Resolves when the program has gone. */
  async stop(): Promise<void> {
    await bringDown(
      (signal) => this.child.kill(signal),
      () => !this.running,
    );
    await this.ended;
  }

  private whenEnded(): Promise<string> {
    return new Promise((resolve) => {
      this.child.on("error", (error) => {
        if (this.child.pid === undefined) resolve(error.message);
      });
      this.child.once("exit", (code, signal) => {
        const tell = () => {
          resolve(
            signal ? `killed by ${signal}` : `${causeIn(this.recent)} (exit code ${code ?? "unknown"})`,
          );
        };
        // The last lines may still be in the pipe; but a child that outlives the server keeps it open.
        this.child.once("close", tell);
        setTimeout(tell, 1_000).unref();
      });
    });
  }
}
