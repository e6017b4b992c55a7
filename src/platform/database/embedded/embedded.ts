import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { findBinaries } from "./embedded-binaries.js";
import { EmbeddedError } from "./embedded-error.js";
import {
  createCluster,
  findCluster,
  findPlaces,
  readPassword,
  sweep,
  type Places,
} from "./embedded-files.js";
import { announce, announcedPort, claim, release } from "./embedded-owner.js";
import { clusterName, endLeftovers, isReady } from "./embedded-processes.js";
import { prepareCluster, prepareDatabase } from "./embedded-role.js";
import { causeIn, openLog, Server, type Log } from "./embedded-server.js";
import { NOT_DURABLE, tuning } from "./embedded-settings.js";

export { EmbeddedError };

/** A PostgreSQL that this process runs. */
export interface EmbeddedPostgres {
  /** Its superuser's address; `applicationUrl` makes that of the role that serves. */
  url: string;
  /** Resolves when the server process has gone. */
  stop(): Promise<void>;
  /** Told why, in one line, when the server ends without having been stopped. */
  onExit(listener: (reason: string) => void): void;
}

interface EmbeddedOptions {
  dataDir: string;
  /** Where it listens on 127.0.0.1; null takes a free port at each start. */
  port?: number | null;
  /** Megabytes of memory that its buffers and plans are sized for; null takes the machine's, or the container's. */
  memory?: number | null;
  /** Whether data must outlive a crash of the machine (default). Without it writing is faster: for tests and benches. */
  durable?: boolean;
  /** Settings of postgresql.conf that go before ours. */
  settings?: Record<string, string>;
  /** Given each line PostgreSQL logs; postgres.log has them in any case. */
  log?: (line: string) => void;
}

const PORT_TRIES = 5;

/** What a failure says, and what to do about it. */
const REMEDIES: [RegExp, string][] = [
  [/spawn (EPERM|EINVAL)/, "Root may not become another user here: start as an ordinary user."],
  [/No space left|free disk space|ENOSPC|quota/i, "Free some disk space, then start again."],
  [/Cannot allocate memory|ENOMEM/i, "Free some memory, then start again."],
  [/not compatible with/, "Move the data with that version's pg_dump, or set DATA_DIR to another directory."],
  [/EPERM|EACCES|EROFS|Permission denied|ownership/, "DATA_DIR must belong to who starts Papergraph."],
];

function urlOf(port: number, password: string, database = "papergraph"): string {
  return `postgres://papergraph:${password}@127.0.0.1:${port}/${database}`;
}

function failure(dataDir: string, reason: string, cause?: unknown): EmbeddedError {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(reason))?.[1];
  const otherwise = `See ${join(dataDir, "postgres.log")}, or set DATABASE_URL to a PostgreSQL of your own.`;
  return new EmbeddedError(
    `The built-in PostgreSQL did not start in ${dataDir}: ${reason}. ${remedy ?? otherwise}`,
    { cause },
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A broken connection also rejects the promises below; unheard, the event would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Waits until the server answers and has its database. Recovering from a crash takes as long as it takes. */
async function becomesReady(server: Server, cluster: string, port: number, password: string): Promise<void> {
  while (!isReady(cluster)) {
    if (!server.running) throw new Error(await server.ended);
    await sleep(10);
  }
  await asSuperuser(urlOf(port, password, "postgres"), async (client) => {
    const found = await client.query("select from pg_database where datname = 'papergraph'");
    if (!found.rowCount) await client.query("create database papergraph");
    await prepareCluster(client, password);
  });
  await asSuperuser(urlOf(port, password), prepareDatabase);
}

async function launch(
  binaries: string,
  { home, cluster, user }: Places,
  password: string,
  settings: Record<string, string>,
  fixedPort: number | null,
  log: Log,
): Promise<{ server: Server; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = fixedPort ?? (await freePort());
    const all = {
      ...settings,
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: "",
      // How its processes are known again after our death.
      cluster_name: clusterName(cluster),
      update_process_title: "on",
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = new Server(join(binaries, "postgres"), ["-D", cluster, ...flags], user, log);
    try {
      await becomesReady(server, cluster, port, password);
      announce(home, port);
      return { server, port };
    } catch (error) {
      await server.stop();
      if (server.portWasTaken && fixedPort !== null) {
        throw new EmbeddedError(
          `The built-in PostgreSQL cannot listen on 127.0.0.1:${fixedPort}, which another program uses: set EMBEDDED_PORT to another port, or to none for any that is free.`,
        );
      }
      if (!server.portWasTaken || tries === PORT_TRIES) throw error;
    }
  }
}

async function startOwned(places: Places, options: EmbeddedOptions, log: Log): Promise<EmbeddedPostgres> {
  const { dataDir, home, cluster } = places;
  const { durable = true, port: fixedPort = null, memory = null } = options;
  sweep(home);
  const binaries = await findBinaries(places);
  if (await endLeftovers(cluster)) log.write("papergraph: ended a server that an earlier process had left");
  const isNew = findCluster(dataDir) === null;
  const password = readPassword(dataDir, isNew);
  if (isNew) {
    const { ok, output } = await createCluster(places, binaries, password, durable);
    if (!ok) throw new Error(causeIn(output.split("\n")));
  }
  const settings = { ...tuning(memory), ...(durable ? {} : NOT_DURABLE), ...options.settings };
  const { server, port } = await launch(binaries, places, password, settings, fixedPort, log);
  let stopping = false;
  const ended = server.ended.then((reason) => {
    release(home);
    log.close();
    return reason;
  });
  return {
    url: urlOf(port, password),
    stop: async () => {
      stopping = true;
      await server.stop();
      await ended;
    },
    onExit: (listener) => {
      void ended.then((reason) => {
        if (!stopping) listener(`The built-in PostgreSQL in ${dataDir} ended unexpectedly: ${reason}`);
      });
    },
  };
}

/** Starts the cluster kept in a data directory, creating it at the first time; throws EmbeddedError. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const path = resolve(options.dataDir);
  try {
    const places = findPlaces(path);
    const other = await claim(places.home);
    if (other !== null) {
      throw new EmbeddedError(
        `${path} is in use by another Papergraph (pid ${other}): stop that one, or start this one with another DATA_DIR and PORT.`,
      );
    }
    const log = openLog(places.dataDir, options.log);
    try {
      return await startOwned(places, options, log);
    } catch (error) {
      log.close();
      release(places.home);
      throw error;
    }
  } catch (error) {
    if (error instanceof EmbeddedError) throw error;
    throw failure(path, error instanceof Error ? error.message : String(error), error);
  }
}

/** The superuser's address on the server that some process already runs on a data directory, or null. */
export async function findRunning(dataDir: string): Promise<string | null> {
  const path = resolve(dataDir);
  try {
    const cluster = findCluster(path);
    const port = cluster && announcedPort(dirname(cluster));
    if (!port) return null;
    const url = urlOf(port, readPassword(path, false));
    await asSuperuser(url, (client) => client.query("select 1"));
    return url;
  } catch {
    // Whatever is wrong there, startEmbedded says it.
    return null;
  }
}
