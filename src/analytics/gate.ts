import { PapergraphError } from "../errors.js";

export interface GateOptions {
  /** How many pass at the same time. */
  slots: number;
  /** Milliseconds that one waits for a slot. */
  patience: number;
}

/** Who waits for each slot at most: they would wait too long anyway. */
const QUEUE = 25;

/** Seconds after which there may be room again. */
const BUSY = 5;

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lets few run at a time, in the order in which they came, so that expensive work cannot take every connection.
 * @returns the gate; it throws SERVICE_UNAVAILABLE for who has waited too long.
 */
export function makeGate({ slots, patience }: GateOptions): Gate {
  let free = slots;
  const waiting = new Set<() => void>();

  function enter(): Promise<void> {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    if (waiting.size >= slots * QUEUE) return Promise.reject(tooMany());
    return new Promise((resolve, reject) => {
      const call = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(call);
        reject(tooMany());
      }, patience);
      waiting.add(call);
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (!next) {
      free++;
      return;
    }
    // The slot goes from hand to hand, so nobody who comes now slips in between.
    waiting.delete(next);
    next();
  }

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}

function tooMany(): PapergraphError {
  return new PapergraphError(
    "SERVICE_UNAVAILABLE",
    "Too many analytical questions are being answered at the moment. Try again shortly.",
    undefined,
    BUSY,
  );
}
