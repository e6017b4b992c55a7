import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { addAbortSignal, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { OperatorError } from "../shared/errors.js";

/** Something that lines of papers come from, plain or gzipped. */
export interface ImportSource {
  /** How messages call it. */
  name: string;
  /** In bytes, as they come; null when that is not known. */
  size: number | null;
  /** @param signal ends the reading early. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const CHUNK = 256 * 1024;

/**
 * @param path "-" is standard input.
 * @throws OperatorError for a file that cannot be read, before anything is imported.
 */
export async function fileSource(path: string): Promise<ImportSource> {
  if (path === "-") {
    return { name: "standard input", size: null, open: (signal) => addAbortSignal(signal, process.stdin) };
  }
  try {
    await access(path, constants.R_OK);
    const status = await stat(path);
    if (status.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    return {
      name: path,
      size: status.isFile() ? status.size : null,
      open: (signal) => createReadStream(path, { signal, highWaterMark: CHUNK }),
    };
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * The bytes of a source, inflated where they begin like gzip, whatever the name says.
 * @param onBytes is told how many bytes came, before they are inflated.
 * @throws OperatorError when the source cannot be read to its end.
 */
export async function* bytesOf(
  source: ImportSource,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const raw = counted(source.open(signal), onBytes);
    const head: Uint8Array[] = [];
    for (let size = 0; size < 2; size += head.at(-1)?.length ?? 0) {
      const next = await raw.next();
      if (next.done === true) break;
      head.push(next.value);
    }
    const whole = joined(head, raw);
    yield* isGzip(Buffer.concat(head)) ? inflated(whole) : whole;
  } catch (error) {
    throw signal.aborted ? signal.reason : unreadable(source.name, error);
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    onBytes(chunk.length);
    yield chunk;
  }
}

async function* joined(
  head: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  yield* rest;
}

function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

async function* inflated(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  // A failure of either destroys gunzip, and with it the loop below throws it.
  pipeline(Readable.from(bytes, { objectMode: false, highWaterMark: CHUNK }), gunzip).catch(() => undefined);
  for await (const chunk of gunzip) yield chunk as Uint8Array;
}

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
};

function unreadable(name: string, error: unknown): OperatorError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = code.startsWith("Z_")
    ? `its gzip data is damaged or cut off (${message})`
    : (REASONS[code] ?? message);
  return new OperatorError(`${name} cannot be read: ${reason}.`);
}
