import "reflect-metadata";
import { parseArgs } from "node:util";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { HOSTILE, ORDINARY, type HostileRequest } from "./support/hostile-requests.js";
import { quantile } from "./support/metrics.js";
import { say, table } from "./support/table.js";

const USAGE = `npm run bench:hostile -- --database URL [options]
Clients that send what is meant to stop a server, each within the points of its address, and a bystander beside them. Prints,
minute by minute, the memory of the server and what the bystander met.
  --database URL   a database that has papers
  --minutes N      (30)
  --attackers N    addresses (4)
  --connections N  of each attacker (8)`;

const { values } = parseArgs({
  options: {
    database: { type: "string" },
    minutes: { type: "string", default: "30" },
    attackers: { type: "string", default: "4" },
    connections: { type: "string", default: "8" },
    help: { type: "boolean", default: false },
  },
});

/** Milliseconds between two requests of the bystander. */
const PACE = 200;
const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

if (values.help || !values.database) say(USAGE);
else await run(values.database);

async function run(database: string): Promise<void> {
  const server = await startServer(database);
  const end = performance.now() + Number(values.minutes) * 60_000;
  const statuses = new Map<number, number>();
  const seen: { milliseconds: number; status: number }[] = [];
  const attackers = Array.from({ length: Number(values.attackers) }, (_, attacker) =>
    Array.from({ length: Number(values.connections) }, (_, connection) =>
      attack(server.url, `203.0.113.${attacker + 1}`, connection, end, statuses),
    ),
  ).flat();
  const rows: string[][] = [];
  const watching = watch(server, end, seen, rows);
  await Promise.all([...attackers, bystand(server.url, end, seen), watching]);
  process.stdout.write(
    `${table(["minute", "rss MB", "bystander p50", "p95", "max ms", "not 200", "stalls"], rows)}\n`,
  );
  say(`attackers met: ${[...statuses].map(([status, count]) => `${status} × ${count}`).join(", ")}`);
  await server.stop();
}

interface RunningServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** As `npm start` runs it, with its limits; requests come as from a proxy, so that each client has an address of its own. */
async function startServer(database: string): Promise<RunningServer> {
  const child = spawn("npm", ["start"], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env: {
      ...process.env,
      DATABASE_URL: database,
      PORT: "0",
      LOG_LEVEL: "error",
      METRICS: "on",
      TRUST_PROXY: "loopback",
    },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      text += String(chunk);
      const found = /listens on (\S+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", () => {
      reject(new Error(`The server ended:\n${text}`));
    });
  });
  return {
    url,
    pid: await pidOf(child.pid ?? 0),
    stop: async () => {
      process.kill(-(child.pid ?? 0), "SIGTERM");
      await sleep(3_000);
    },
  };
}

/** @returns the process that runs the server, below npm and its shell. */
async function pidOf(parent: number): Promise<number> {
  const children = (await readFile(`/proc/${parent}/task/${parent}/children`, "utf8")).trim();
  const [child] = children.split(" ");
  if (!child) return parent;
  const command = await readFile(`/proc/${child}/cmdline`, "utf8");
  return command.includes(MAIN.split("/").at(-1) ?? "main.ts") && !command.startsWith("sh\0")
    ? pidOf(Number(child)).catch(() => Number(child))
    : pidOf(Number(child));
}

async function attack(
  url: string,
  address: string,
  offset: number,
  end: number,
  statuses: Map<number, number>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = offset; performance.now() < end; index++) {
    const hostile = HOSTILE[index % HOSTILE.length];
    if (!hostile) break;
    const { status } = await send(agent, url, hostile, address).catch(() => ({ status: 0 }));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    // Nobody gains by asking on without points; the server's own hint would be a minute.
    if (status === 429) await sleep(2_000);
    if (status === 0) await sleep(100);
  }
  agent.destroy();
}

async function bystand(
  url: string,
  end: number,
  seen: { milliseconds: number; status: number }[],
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; performance.now() < end; index++) {
    const ordinary = ORDINARY[index % ORDINARY.length];
    if (!ordinary) break;
    const started = performance.now();
    const { status } = await send(agent, url, ordinary, "198.51.100.7").catch(() => ({ status: 0 }));
    seen.push({ milliseconds: performance.now() - started, status });
    await sleep(PACE);
  }
  agent.destroy();
}

async function watch(
  { pid, url }: RunningServer,
  end: number,
  seen: { milliseconds: number; status: number }[],
  rows: string[][],
): Promise<void> {
  let stallsBefore = 0;
  for (let minute = 1; performance.now() < end; minute++) {
    let rss = 0;
    for (let second = 0; second < 60 && performance.now() < end; second++) {
      rss = Math.max(rss, await rssOf(pid));
      await sleep(1_000);
    }
    const inMinute = seen.splice(0);
    const times = inMinute.map(({ milliseconds }) => milliseconds);
    const stalls = await stallsOf(url);
    const row = [
      String(minute),
      rss.toFixed(0),
      quantile(times, 0.5).toFixed(0),
      quantile(times, 0.95).toFixed(0),
      Math.max(0, ...times).toFixed(0),
      `${inMinute.filter(({ status }) => status !== 200).length} of ${inMinute.length}`,
      String(stalls - stallsBefore),
    ];
    stallsBefore = stalls;
    rows.push(row);
    say(row.join("  "));
  }
}

/** Megabytes of memory that a process has at the moment. */
async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}

async function stallsOf(url: string): Promise<number> {
  const text = await fetch(`${url}/metrics`).then(
    (answer) => answer.text(),
    () => "",
  );
  return Number(/^papergraph_event_loop_stalls_total (\S+)$/m.exec(text)?.[1] ?? 0);
}

function send(
  agent: Agent,
  url: string,
  { path, body }: HostileRequest,
  address: string,
): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const headers = {
      "x-forwarded-for": address,
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    const outgoing = request(
      url + path,
      { method: body === undefined ? "GET" : "POST", agent, headers, timeout: 30_000 },
      (answer) => {
        answer.resume();
        answer.once("end", () => {
          resolve({ status: answer.statusCode ?? 0 });
        });
        answer.once("error", reject);
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer")));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
