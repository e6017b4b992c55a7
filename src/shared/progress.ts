import { clearLine, cursorTo } from "node:readline";
import type { WriteStream } from "node:tty";
import { Presets, SingleBar } from "cli-progress";

/** Is told how an import goes on. */
export interface ImportProgress {
  /** @param bytes of all sources; null when that is not known. */
  start(bytes: number | null): void;
  /** @param bytes and papers (lines that were taken, that is) that are in the database. */
  update(bytes: number, papers: number): void;
  /** What is done now that takes a while and cannot be measured. */
  note(text: string): void;
  /** Makes room for a line that somebody writes to the same terminal. */
  clear(): void;
  stop(): void;
}

/** Seconds between two lines where no bar can be drawn. */
const EVERY = 5;

/** A bar with rate and remaining time on a terminal; a line every few seconds elsewhere. */
export function terminalProgress(stream: NodeJS.WriteStream): ImportProgress {
  return stream.isTTY ? bar(stream) : lines(stream);
}

function bar(stream: WriteStream): ImportProgress {
  let drawn: SingleBar | null = null;
  const started = performance.now();
  const payload = (papers: number) => ({ papers, rate: rateOf(papers, started) });
  const erase = () => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    start(bytes) {
      const format = bytes
        ? "{bar} {percentage}% | {papers} papers | {rate}/s | {eta_formatted} left"
        : "{papers} papers | {rate}/s | {duration_formatted}";
      drawn = new SingleBar(
        { stream, format, hideCursor: true, etaBuffer: 5, clearOnComplete: true },
        Presets.shades_classic,
      );
      drawn.start(bytes ?? 0, 0, payload(0));
    },
    update: (bytes, papers) => drawn?.update(bytes, payload(papers)),
    note(text) {
      drawn?.stop();
      drawn = null;
      erase();
      stream.write(text);
    },
    clear: erase,
    stop() {
      drawn?.stop();
      erase();
    },
  };
}

function lines(stream: NodeJS.WritableStream): ImportProgress {
  const started = performance.now();
  let total: number | null = null;
  let told = started;
  return {
    start(bytes) {
      total = bytes;
    },
    update(bytes, papers) {
      if (performance.now() - told < EVERY * 1_000) return;
      told = performance.now();
      const share = total ? `${Math.floor((100 * bytes) / total)} %, ` : "";
      const left =
        total && bytes ? `, ${Math.ceil(((told - started) / 1_000) * (total / bytes - 1))} s left` : "";
      stream.write(`${share}${papers} papers, ${rateOf(papers, started)}/s${left}\n`);
    },
    note: (text) => stream.write(`${text}\n`),
    clear: () => undefined,
    stop: () => undefined,
  };
}

function rateOf(papers: number, started: number): number {
  return Math.round((papers * 1_000) / Math.max(performance.now() - started, 1));
}
