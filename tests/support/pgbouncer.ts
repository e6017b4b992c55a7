import { spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { accountOf } from "./debian-postgres.js";
import { eventually } from "./eventually.js";

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"].find((path) => existsSync(path));

/** Whether Debian's package pgbouncer is installed. */
export const hasPgBouncer = PROGRAM !== undefined;

export interface PgBouncer {
  /** The same database, through it. */
  url: string;
  stop(): Promise<void>;
}

/** Starts a PgBouncer in front of a database; as root under another account, as it refuses to run as root. */
export async function startPgBouncer(
  databaseUrl: string,
  mode: "session" | "transaction",
): Promise<PgBouncer> {
  const target = new URL(databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), "papergraph-pgbouncer-"));
  const port = await freePort();
  const account = process.getuid?.() === 0 ? accountOf("postgres") : {};
  writeFileSync(join(folder, "users.txt"), `"${target.username}" "${target.password}"\n`);
  writeFileSync(
    join(folder, "pgbouncer.ini"),
    `[databases]
* = host=${target.hostname} port=${target.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, "users.txt")}
pool_mode = ${mode}
default_pool_size = ${mode === "session" ? 20 : 5}
max_client_conn = 100
`,
  );
  chmodSync(folder, 0o755);
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
  const bouncer = spawn(PROGRAM ?? "pgbouncer", [join(folder, "pgbouncer.ini")], {
    ...account,
    cwd: "/",
    stdio: "ignore",
  });
  await eventually("pgbouncer listens", () => accepts(port));
  target.port = String(port);
  return {
    url: target.href,
    async stop() {
      const ended = once(bouncer, "exit");
      bouncer.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => {
      resolve(false);
    });
  });
}
