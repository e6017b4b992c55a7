import { PapergraphError } from "../../errors.js";
import { FairQueue } from "./fair-queue.js";

/** Seconds after which a queue that is full now is a shorter one. */
const BUSY = 1;
/** What part of the queue one caller may fill. */
const FOR_ONE_CALLER = 0.25;

interface Waiter {
  caller: string;
  grant(): void;
  refuse(error: Error): void;
}

export interface SlotLimits {
  /** Connections at the same time. */
  max: number;
  /** Statements that wait for one at most. */
  maxWaiting: number;
  /** Milliseconds that they wait. */
  waitTimeout: number;
}

/**
 * Who may hold a connection. Those who wait are served by caller in turn, and no caller holds more than half of the
 * connections, so that slow statements of one caller leave connections to others. Work of the server itself has no
 * caller ("") and may hold all.
 */
export class ConnectionSlots {
  private readonly queue = new FairQueue<Waiter>();
  private readonly heldBy = new Map<string, number>();
  private held = 0;
  private isClosing = false;

  constructor(private readonly options: SlotLimits) {}

  get waiting(): number {
    return this.queue.size;
  }

  /**
   * @returns what to await where no slot is free; the slot is the caller's until `putBack`.
   * @throws SERVICE_UNAVAILABLE when the queue is full or the wait too long; the signal's reason when it is aborted.
   */
  take(caller: string, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.queue.size > 0 || !this.mayHold(caller)) return this.turnOf(caller, signal);
    this.hold(caller);
    return undefined;
  }

  /** Refuses whoever waits, and all who come. */
  close(): void {
    this.isClosing = true;
    for (const waiter of this.queue.clear()) waiter.refuse(tooBusy());
  }

  private mayHold(caller: string): boolean {
    const { max } = this.options;
    if (this.isClosing || this.held >= max) return false;
    // Some requests need two at once: one that they read a list from, one for what belongs to it.
    return caller === "" || (this.heldBy.get(caller) ?? 0) < Math.max(2, Math.ceil(max / 2));
  }

  private hold(caller: string): void {
    this.held++;
    this.heldBy.set(caller, (this.heldBy.get(caller) ?? 0) + 1);
  }

  putBack(caller: string): void {
    this.held--;
    const left = (this.heldBy.get(caller) ?? 1) - 1;
    if (left > 0) this.heldBy.set(caller, left);
    else this.heldBy.delete(caller);
    this.serveWaiting();
  }

  private serveWaiting(): void {
    while (this.queue.size > 0 && this.held < this.options.max) {
      const next = this.queue.next((waiting) => this.mayHold(waiting));
      if (!next) return;
      this.hold(next.caller);
      next.grant();
    }
  }

  private turnOf(caller: string, signal: AbortSignal | undefined): Promise<void> {
    this.makeRoomFor(caller);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(overdue);
        signal?.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        caller,
        grant() {
          settle();
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
      const overdue = setTimeout(() => {
        leave(tooBusy());
      }, this.options.waitTimeout);
      const onAbort = (): void => {
        leave(signal?.reason as Error);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.queue.add(caller, waiter);
      // Those who wait may be callers who hold all they may, beside connections that are free.
      this.serveWaiting();
    });
  }

  /** A full queue takes a caller who has less in it than another one, in the place of that one's last. @throws SERVICE_UNAVAILABLE */
  private makeRoomFor(caller: string): void {
    const { maxWaiting } = this.options;
    const own = this.queue.sizeOf(caller);
    const mayWait = caller === "" ? maxWaiting : Math.max(1, maxWaiting * FOR_ONE_CALLER);
    if (this.isClosing || own >= mayWait) throw tooBusy();
    if (this.queue.size < maxWaiting) return;
    const dropped = this.queue.removeLastOfLongest(own + 1);
    if (!dropped) throw tooBusy();
    dropped.refuse(tooBusy());
  }
}

export function tooBusy(): PapergraphError {
  return new PapergraphError(
    "SERVICE_UNAVAILABLE",
    "The server has more to do than it can at the moment. Try again shortly.",
    undefined,
    BUSY,
  );
}
