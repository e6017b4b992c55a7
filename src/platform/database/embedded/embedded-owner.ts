import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { birthOf, isAlive } from "./embedded-processes.js";

/** The process that runs the server on a data directory; the port is known once it answers. */
interface Owner {
  pid: number;
  birth: string;
  port: number | null;
}

/** The claim is held for less than a millisecond; one this old was left by a process killed within it. */
const CLAIM_STALE_MS = 5_000;

function readOwner(home: string): Owner | null {
  try {
    return JSON.parse(readFileSync(join(home, "owner.json"), "utf8")) as Owner;
  } catch {
    return null;
  }
}

/** Writes it whole or not at all: others may read at any moment. */
function writeOwner(home: string, owner: Owner): void {
  const file = join(home, "owner.json");
  writeFileSync(`${file}.new`, JSON.stringify(owner));
  renameSync(`${file}.new`, file);
}

const ourselves = (port: number | null): Owner => ({ pid: process.pid, birth: birthOf(process.pid), port });

async function enterClaim(file: string): Promise<void> {
  for (;;) {
    try {
      closeSync(openSync(file, "wx"));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > CLAIM_STALE_MS) rmSync(file, { force: true });
    else await sleep(10);
  }
}

/** Makes this process the owner of the cluster, or returns the living owner's pid. */
export async function claim(home: string): Promise<number | null> {
  const file = join(home, "owner.claim");
  await enterClaim(file);
  try {
    // Between judging the old owner and taking its place nobody else may do the same; hence the claim, hence no await.
    const owner = readOwner(home);
    if (owner && isAlive(owner.pid, owner.birth)) return owner.pid;
    writeOwner(home, ourselves(null));
    return null;
  } finally {
    rmSync(file, { force: true });
  }
}

/** Lets others find the server. To be called by the owner. */
export function announce(home: string, port: number): void {
  writeOwner(home, ourselves(port));
}

/** Gives the cluster back. To be called by the owner. */
export function release(home: string): void {
  if (readOwner(home)?.pid === process.pid) rmSync(join(home, "owner.json"), { force: true });
}

/** The port of the server that a living process runs on the cluster, if it is ready. */
export function announcedPort(home: string): number | null {
  const owner = readOwner(home);
  return owner && isAlive(owner.pid, owner.birth) ? owner.port : null;
}
