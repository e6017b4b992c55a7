import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findBinaries } from "../../src/platform/database/embedded/embedded-binaries.js";
import { findPlaces, readPassword } from "../../src/platform/database/embedded/embedded-files.js";
import { isReady } from "../../src/platform/database/embedded/embedded-processes.js";
import { startEmbedded } from "../../src/platform/database/embedded/embedded.js";

/** A PostgreSQL whose port stays, that a test may kill and start again. */
export interface PostgresServer {
  url: string;
  start(): Promise<void>;
  /** kill -9 of the server and all of its processes. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Copies a stopped server into one that follows it; both are to be started afterwards. */
  replica(): Promise<PostgresServer>;
}

/** A new cluster with durable settings, not yet started. */
export async function postgresServer(): Promise<PostgresServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "papergraph-postgres-"));
  const made = await startEmbedded({ dataDir });
  await made.stop();
  return serverOn(dataDir, await freePort());
}

async function serverOn(dataDir: string, port: number): Promise<PostgresServer> {
  const places = findPlaces(dataDir);
  const { cluster, user } = places;
  const program = join(await findBinaries(places), "postgres");
  const password = readPassword(dataDir, false);
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals, pidsOf: (server: number) => number[]) => {
    if (!child?.pid) return;
    const ended = once(child, "exit");
    for (const pid of pidsOf(child.pid)) process.kill(pid, signal);
    await ended;
    child = null;
  };
  return {
    url: `postgres://papergraph:${password}@127.0.0.1:${port}/papergraph`,
    async start() {
      await rm(join(cluster, "postmaster.pid"), { force: true });
      const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "" };
      const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      child = spawn(program, ["-D", cluster, ...flags], {
        detached: true,
        cwd: "/",
        stdio: "ignore",
        ...user,
      });
      while (!isReady(cluster)) {
        if (child.exitCode !== null) throw new Error("PostgreSQL did not start.");
        await sleep(20);
      }
    },
    kill: () => end("SIGKILL", (pid) => [pid, ...childrenOf(pid)]),
    stop: () => end("SIGINT", (pid) => [pid]),
    async replica() {
      const copy = await mkdtemp(join(tmpdir(), "papergraph-replica-"));
      execFileSync("cp", ["-a", `${dataDir}/.`, copy]);
      const files = findPlaces(copy);
      await writeFile(join(files.cluster, "standby.signal"), "");
      await appendFile(
        join(files.cluster, "postgresql.auto.conf"),
        `primary_conninfo = 'host=127.0.0.1 port=${port} user=papergraph password=${password}'\nwal_retrieve_retry_interval = '200ms'\n`,
      );
      return serverOn(copy, await freePort());
    },
  };
}

function childrenOf(pid: number): number[] {
  return execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!);
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
