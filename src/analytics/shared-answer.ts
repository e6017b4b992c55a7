import { PapergraphError } from "../shared/errors.js";

/** A request that waits for an answer; what a RequestWork has. */
export interface Asker {
  /** Aborted when the request no longer waits. */
  readonly signal: AbortSignal;
  readonly caller: string;
  addSql(milliseconds: number): void;
  connectionTaken?(): void;
  connectionReturned?(): void;
}

/**
 * An answer that several requests may wait for. One that leaves does not take it from the others; when all have left,
 * the work on it is ended. Who asked first stands for all: it is charged, and the work waits in its caller's turn.
 */
export class SharedAnswer<T> {
  readonly result: Promise<T>;
  private readonly controller = new AbortController();
  private waiting = 0;
  private isSettled = false;

  /** @param start begins the work, as part of what it is given: its signal is aborted when nobody waits any more. */
  constructor(first: Asker | null, start: (work: Required<Asker> & { check(): void }) => Promise<T>) {
    const { signal } = this.controller;
    const settle = (): void => {
      this.isSettled = true;
    };
    this.result = start({
      signal,
      caller: first?.caller ?? "",
      check: () => {
        signal.throwIfAborted();
      },
      addSql: (milliseconds) => first?.addSql(milliseconds),
      connectionTaken: () => first?.connectionTaken?.(),
      connectionReturned: () => first?.connectionReturned?.(),
    });
    this.result.then(settle, settle);
  }

  /** Whether all who waited have left before it was there, so that there will be none. */
  get isAbandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** @returns the result. @throws the reason of the asker's signal once that is aborted. */
  async for(asker: Asker | null): Promise<T> {
    this.waiting++;
    try {
      return await unlessAborted(this.result, asker?.signal);
    } finally {
      this.waiting--;
      if (this.waiting === 0 && !this.isSettled) this.abandon();
    }
  }

  private abandon(): void {
    this.controller.abort(
      new PapergraphError("SERVICE_UNAVAILABLE", "Nobody waits for this answer any more."),
    );
  }
}

async function unlessAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result;
  signal.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
