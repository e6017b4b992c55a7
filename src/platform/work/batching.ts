import { hasWaiters, type Runner } from "./event-loop-turns.js";

/** How the loaders of a request collect what is asked for: an option of DataLoader. */
export interface Batching {
  batchScheduleFn(dispatch: () => void): void;
}

/**
 * @param runner the request; null where no request asks.
 * @returns batching that waits for every part of the request that waits for its turn of the event loop. DataLoader's own
 * takes what is asked for in one turn, and parts that go on in turns of their own would each ask alone.
 */
export function batchingOf(runner: Runner | null): Batching {
  return {
    batchScheduleFn(dispatch) {
      const dispatchWhenAllAsked = () => {
        if (runner && hasWaiters(runner)) setImmediate(dispatchWhenAllAsked);
        else dispatch();
      };
      // After all promises that are settled by now, as DataLoader does it.
      void Promise.resolve().then(() => {
        process.nextTick(dispatchWhenAllAsked);
      });
    },
  };
}
