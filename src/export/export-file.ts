import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OperatorError } from "../shared/errors.js";
import { EXPORT_FORMATS, type ExportFormat } from "./export-papers.js";

/** In place of a file's name: standard output. */
const STANDARD = "-";

/** @returns the format that is asked for, else that of the name's ending. @throws OperatorError when it is not known. */
export function formatOf(file: string, asked: string | undefined): ExportFormat {
  const name = asked ?? extname(file).slice(1);
  const format = EXPORT_FORMATS.find((known) => known === name.toLowerCase());
  if (format) return format;
  const known = EXPORT_FORMATS.join(", ");
  throw new OperatorError(
    asked === undefined
      ? `"${file}" does not end in a format: name it with --format (${known}).`
      : `--format takes ${known}.`,
  );
}

/**
 * Writes to a file or, for `-`, to standard output. A file appears under its name when it is whole, never before.
 * @param start opens what is written; it is not asked when nothing can be written.
 * @throws OperatorError when the file is there already and `force` is not said, or cannot be written.
 */
export async function writeExport(
  file: string,
  { force }: { force: boolean },
  start: () => Promise<Readable>,
): Promise<void> {
  if (file === STANDARD) {
    await pipeline(await start(), process.stdout, { end: false });
    return;
  }
  const target = await targetOf(file, force);
  // Beside the file: only within one file system a name changes at once.
  const part = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString("hex")}.part`);
  try {
    const content = await start();
    await pipeline(content, createWriteStream(part, { flags: "wx", flush: true }));
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw explained(error, file);
  }
}

/** @returns the file itself where the name is a link to it. */
async function targetOf(file: string, force: boolean): Promise<string> {
  const found = await stat(file).catch(() => null);
  if (!found) return file;
  if (!found.isFile()) throw new OperatorError(`"${file}" is no file: name one, or - for standard output.`);
  if (!force) throw new OperatorError(`"${file}" is there already: --force replaces it.`);
  return realpath(file);
}

const REASONS: Partial<Record<string, string>> = {
  ENOENT: "there is no such folder",
  ENOTDIR: "there is no such folder",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "nothing can be written there",
  ENOSPC: "the disk is full",
};

function explained(error: unknown, file: string): unknown {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ""];
  const { syscall } = error as NodeJS.ErrnoException;
  return reason && syscall ? new OperatorError(`"${file}" cannot be written: ${reason}.`) : error;
}
