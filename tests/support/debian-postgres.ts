import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian puts the programs of PostgreSQL, by version. */
const ROOT = "/usr/lib/postgresql";

/** The folder of a whole PostgreSQL, with pg_dump, that packages have installed; null when there is none. */
export function installedPostgres(): string | null {
  const versions = existsSync(ROOT) ? readdirSync(ROOT).map(Number) : [];
  const folders = versions.sort((a, b) => b - a).map((version) => join(ROOT, String(version), "bin"));
  const programs = ["initdb", "pg_ctl", "pg_dump", "pg_restore"];
  return folders.find((bin) => programs.every((name) => existsSync(join(bin, name)))) ?? null;
}

export interface InstalledServer {
  url: string;
  run(program: string, args: string[]): void;
  stop(): void;
}

/** Starts a new cluster of an installed PostgreSQL; as root under the account of its package. */
export function startInstalled(bin: string, port: number): InstalledServer {
  const folder = mkdtempSync(join(tmpdir(), "papergraph-dump-"));
  const account = process.getuid?.() === 0 ? accountOf("postgres") : {};
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
  const options = { ...account, cwd: "/", stdio: "ignore" } as const;
  const cluster = join(folder, "cluster");
  execFileSync(
    join(bin, "initdb"),
    ["-D", cluster, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"],
    options,
  );
  const flags = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`;
  execFileSync(
    join(bin, "pg_ctl"),
    ["-D", cluster, "-w", "-l", join(folder, "log"), "-o", flags, "start"],
    options,
  );
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    run(program, args) {
      const { status, stderr } = spawnSync(join(bin, program), args, { encoding: "utf8" });
      if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
    },
    stop: () => execFileSync(join(bin, "pg_ctl"), ["-D", cluster, "-w", "-m", "fast", "stop"], options),
  };
}

export function accountOf(name: string): { uid?: number; gid?: number } {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [uid, gid] = (line?.split(":").slice(2, 4) ?? []).map(Number);
  return { uid, gid };
}
