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
import { dirname, join } from "node:path";
import { EmbeddedError } from "./embedded-error.js";
import { run, type ServerUser } from "./embedded-processes.js";

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

export function attempt(deed: () => void): void {
  try {
    deed();
  } catch {
    // It was done before, or is not ours to do. Whether it matters shows when the programs run.
  }
}

/** Closes a directory to all but us, and the server's user on its way through. */
function restrict(directory: string, user?: ServerUser): void {
  if (user) chownSync(directory, statSync(directory).uid, user.gid);
  chmodSync(directory, user ? 0o710 : 0o700);
}

/**
 * Creates a directory of ours; one that holds something is left as it is. It gets its name last, so that another start
 * at the same moment never sees it half made.
 */
function makePrivate(directory: string, user?: ServerUser): void {
  if (!existsSync(directory)) {
    mkdirSync(dirname(directory), { recursive: true });
    const unfinished = mkdtempSync(`${directory}-`);
    restrict(unfinished, user);
    rename(unfinished, directory);
  } else if (readdirSync(directory).length === 0) {
    attempt(() => {
      restrict(directory, user);
    });
  }
}

/** Gives something its final name, or drops it when another process was quicker. */
export function rename(unfinished: string, final: string): void {
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
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new EmbeddedError(
      `${path} leads to a database that is gone: bring it back, or remove ${path} to begin with an empty one.`,
    );
  }
}

/** Makes the place for what the server's user cannot reach otherwise. */
export function makeRootsPlace(): string {
  try {
    // Whatever our umask is.
    if (mkdirSync(ROOTS_PLACE, { recursive: true })) chmodSync(ROOTS_PLACE, 0o755);
    return ROOTS_PLACE;
  } catch (cause) {
    throw new EmbeddedError(
      `PostgreSQL does not run as root, and ${ROOTS_PLACE} cannot be made to run it as another user: start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    );
  }
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
    home = join(makeRootsPlace(), createHash("sha256").update(dataDir).digest("hex").slice(0, 16));
    makePrivate(home, user);
  }
  return { dataDir, home, cluster: join(home, "postgres"), user };
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

type Outcome = Awaited<ReturnType<typeof run>>;

async function initdb(
  binaries: string,
  folder: string,
  durable: boolean,
  user?: ServerUser,
): Promise<Outcome> {
  const options = [
    `--pgdata=${join(folder, "cluster")}`,
    "--username=papergraph",
    `--pwfile=${join(folder, "password")}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--text-search-config=english",
    "--no-instructions",
    ...(durable ? [] : ["--no-sync"]),
  ];
  let outcome: Outcome = { ok: false, output: "" };
  for (const locale of LETTERS_KNOWN_BY) {
    outcome = await run(join(binaries, "initdb"), [...options, `--lc-ctype=${locale}`], user);
    if (!outcome.output.includes("invalid locale name")) break;
  }
  return outcome;
}

/** Removes what a killed start left half made. */
export function sweep(home: string): void {
  for (const name of readdirSync(home).filter((entry) => entry.startsWith("initdb-"))) {
    attempt(() => {
      rmSync(join(home, name), { recursive: true });
    });
  }
}

/** Creates the cluster under another name first: one whose making was interrupted is never taken for a whole one. */
export async function createCluster(
  { dataDir, home, cluster, user }: Places,
  binaries: string,
  password: string,
  durable: boolean,
): Promise<Outcome> {
  // Its link is gone, so its data directory was removed: no longer this database, but not ours to delete either.
  if (existsSync(cluster)) renameSync(cluster, `${cluster}-${Date.now()}`);
  const folder = mkdtempSync(join(home, "initdb-"));
  writeFileSync(join(folder, "password"), password, { mode: 0o600 });
  if (user) for (const name of [".", "password"]) chownSync(join(folder, name), user.uid, user.gid);
  const outcome = await initdb(binaries, folder, durable, user);
  if (outcome.ok) {
    renameSync(join(folder, "cluster"), cluster);
    if (home !== dataDir) symlinkSync(cluster, join(dataDir, "postgres"));
    for (const directory of [home, dataDir]) syncDirectory(directory);
  }
  attempt(() => {
    rmSync(folder, { recursive: true });
  });
  return outcome;
}
