import { PapergraphError } from "../../shared/errors.js";
import { FairQueue } from "./fair-queue.js";

export interface SemaphoreOptions {
  /** How many slots are held at the same time. */
  slots: number;
  /** How many of them one caller may hold. */
  slotsPerCaller: number;
  /** How many wait at most. */
  maxWaiting: number;
  /** How many of them one caller may have wait. */
  maxWaitingPerCaller: number;
  /** Milliseconds that they wait; 0 refuses at once. */
  acquireTimeout: number;
  /** The message for those who are refused, and the seconds after which they may try again. */
  busy: { message: string; retryAfter: number };
}

/** Who wants a slot. */
export interface SlotHolder {
  /** Callers get slots in turn; the empty caller, the server itself, may hold all and fill the queue. */
  readonly caller: string;
  /** Aborted when the slot is no longer wanted: who waits for it leaves the queue. */
  readonly signal?: AbortSignal;
}

interface Waiter {
  grant(): void;
  refuse(error: Error): void;
}

/**
 * Bounds how many hold a slot at the same time (a connection, a processor), and serves callers in turn: who waits are
 * callers that hold all they may, or all slots are held.
 */
export class Semaphore {
  private readonly queue = new FairQueue<Waiter>();
  private readonly heldBy = new Map<string, number>();
  private held = 0;
  private isClosed = false;

  constructor(private readonly options: SemaphoreOptions) {}

  get waiting(): number {
    return this.queue.size;
  }

  /**
   * Runs `work` when there is a slot for it.
   * @throws SERVICE_UNAVAILABLE to those who have waited too long or are too many; the signal's reason once it is aborted.
   */
  async run<T>(holder: SlotHolder, work: () => Promise<T>): Promise<T> {
    const release = await this.acquire(holder);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** @returns what gives the slot back. @throws as `run`. */
  async acquire({ caller, signal }: SlotHolder): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.mayHold(caller)) this.take(caller);
    else await this.turnOf(caller, signal);
    let isHeld = true;
    return () => {
      if (isHeld) this.putBack(caller);
      isHeld = false;
    };
  }

  /** @throws SERVICE_UNAVAILABLE: what is thrown to those who cannot be served. */
  refuse(): never {
    throw this.tooBusy();
  }

  /** Refuses all who wait, and all who come. */
  close(): void {
    this.isClosed = true;
    for (const waiter of this.queue.clear()) waiter.refuse(this.tooBusy());
  }

  private mayHold(caller: string): boolean {
    if (this.isClosed || this.held >= this.options.slots) return false;
    return caller === "" || (this.heldBy.get(caller) ?? 0) < this.options.slotsPerCaller;
  }

  private take(caller: string): void {
    this.held++;
    this.heldBy.set(caller, (this.heldBy.get(caller) ?? 0) + 1);
  }

  private putBack(caller: string): void {
    this.held--;
    const left = (this.heldBy.get(caller) ?? 1) - 1;
    if (left > 0) this.heldBy.set(caller, left);
    else this.heldBy.delete(caller);
    // The slot is handed on at once, so that nobody who comes now overtakes those who wait.
    this.queue.next((waiting) => this.mayHold(waiting))?.grant();
  }

  private turnOf(caller: string, signal: AbortSignal | undefined): Promise<void> {
    this.makeRoomFor(caller);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(overdue);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        grant: () => {
          settle();
          this.take(caller);
          resolve();
        },
        refuse(error) {
          settle();
          reject(error);
        },
      };
      const leave = (error: Error): void => {
        this.queue.remove(caller, waiter);
        waiter.refuse(error);
      };
      const onAbort = (): void => {
        leave(signal?.reason as Error);
      };
      const overdue = setTimeout(() => {
        leave(this.tooBusy());
      }, this.options.acquireTimeout);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.queue.add(caller, waiter);
    });
  }

  /** A full queue takes a caller who has less in it than another one, in the place of that one's last. */
  private makeRoomFor(caller: string): void {
    const { maxWaiting, maxWaitingPerCaller, acquireTimeout } = this.options;
    const own = this.queue.sizeOf(caller);
    const mayWait = caller === "" ? maxWaiting : maxWaitingPerCaller;
    if (this.isClosed || acquireTimeout <= 0 || own >= mayWait) this.refuse();
    if (this.queue.size < maxWaiting) return;
    const last = this.queue.removeLastOfLongest(own + 1) ?? this.refuse();
    last.refuse(this.tooBusy());
  }

  private tooBusy(): PapergraphError {
    const { message, retryAfter } = this.options.busy;
    return new PapergraphError("SERVICE_UNAVAILABLE", message, undefined, retryAfter);
  }
}
