import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EmbeddedError } from "./embedded-error.js";

/** Whom PostgreSQL runs as when we are root, which it refuses to run as. */
export interface ServerUser {
  uid: number;
  gid: number;
}

/** How long a server may take to end after each signal: fast shutdown, immediate shutdown, no choice. */
const PATIENCE = { SIGINT: 10_000, SIGQUIT: 7_000, SIGKILL: 5_000 } as const;
type EndSignal = keyof typeof PATIENCE;

/** Only what programs need to be found and linked: our secrets and PG… variables are not the server's. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH, LOCPATH } = process.env;
  return { PATH, LD_LIBRARY_PATH, LOCPATH, LC_ALL: "C", TZ: "UTC" };
}

/** Runs a program to its end. Not being able to start it is an outcome too. */
export function run(
  command: string,
  args: string[],
  user?: ServerUser,
): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    // "/" because our own working directory may be closed to that user.
    execFile(command, args, { env: serverEnvironment(), cwd: "/", ...user }, (error, _stdout, stderr) => {
      resolve({ ok: error === null, output: stderr.trim() || (error?.message ?? "") });
    });
  });
}

/** Polls until the condition holds (true) or the time is over (false). */
async function until(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) return false;
    await sleep(10);
  }
  return true;
}

/** Ends something with ever less polite signals; false when even the last one did not help. */
export async function bringDown(
  send: (signal: EndSignal) => void,
  gone: () => boolean,
  from: EndSignal = "SIGINT",
): Promise<boolean> {
  const signals = Object.keys(PATIENCE) as EndSignal[];
  for (const signal of signals.slice(signals.indexOf(from))) {
    if (gone()) return true;
    send(signal);
    if (await until(gone, PATIENCE[signal])) return true;
  }
  return gone();
}

/** Sends a signal; that nobody is there any more is no failure. Signal 0 only asks. */
function signalled(pid: number, signal: EndSignal | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

/** Tells apart two processes that had the same pid one after the other; "" when it cannot be known. */
export function birthOf(pid: number): string {
  if (process.platform !== "linux") {
    try {
      // Our environment would decide in which time zone and language it tells the time.
      const options = { encoding: "utf8", env: serverEnvironment() } as const;
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], options).trim();
    } catch {
      return "";
    }
  }
  const stat = readOr(`/proc/${pid}/stat`, "");
  // Counted from the last bracket: the program's name before it may hold spaces and brackets itself.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z") return "dead";
  return fields[18] ? `${fields[18]} ${readOr("/proc/sys/kernel/random/boot_id", "").trim()}` : "";
}

/** Whether the process with that pid is still the one that was born then. */
export function isAlive(pid: number, birth: string): boolean {
  return signalled(pid, 0) && birthOf(pid) === birth;
}

/** The name a cluster's processes carry in their command lines, by which they are known without their pids. */
export function clusterName(cluster: string): string {
  return `papergraph-${createHash("sha256").update(cluster).digest("hex").slice(0, 16)}`;
}

function commandLines(): { pid: number; command: string }[] {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => ({
        pid: Number(pid),
        command: readOr(`/proc/${pid}/cmdline`, "").replaceAll("\0", " "),
      }));
  }
  const options = { encoding: "utf8", maxBuffer: 2 ** 26 } as const;
  return execFileSync("ps", ["-axww", "-o", "pid=,command="], options)
    .split("\n")
    .map((line) => ({ pid: parseInt(line), command: line.replace(/^\s*\d+\s+/, "") }));
}

/**
 * Ends what is left of a server whose owner died: the whole server, or only some of its children. To be called by the
 * cluster's owner, before it starts its own. Returns whether there was any.
 */
export async function endLeftovers(cluster: string): Promise<boolean> {
  const pidFile = join(cluster, "postmaster.pid");
  if (!existsSync(pidFile)) return false;
  const name = clusterName(cluster);
  const isServer = ({ command }: { command: string }) => command.includes(`cluster_name=${name} `);
  const left = () =>
    commandLines().filter((it) => isServer(it) || it.command.startsWith(`postgres: ${name}: `));
  const found = left();
  const ended = await bringDown(
    (signal) => {
      // To a child SIGINT means other things (cancel, write the last checkpoint) than to the server.
      for (const it of left()) if (signal !== "SIGINT" || isServer(it)) signalled(it.pid, signal);
    },
    () => left().length === 0,
    // Children that outlived the server have nobody to tell them about a shutdown.
    found.some(isServer) ? "SIGINT" : "SIGQUIT",
  );
  if (!ended) {
    const pids = left().map(({ pid }) => pid);
    throw new EmbeddedError(
      `An earlier PostgreSQL in ${cluster} does not end (pid ${pids.join(", ")}): end it, then start again.`,
    );
  }
  // PostgreSQL would take whichever process has that pid by now for a running server.
  rmSync(pidFile, { force: true });
  return found.length > 0;
}

/** Whether the server running on a cluster takes connections, as it says itself in the file's eighth line. */
export function isReady(cluster: string): boolean {
  return readOr(join(cluster, "postmaster.pid"), "").split("\n")[7]?.trim() === "ready";
}
