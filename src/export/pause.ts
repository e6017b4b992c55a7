import { yieldIfDue } from "../platform/work/event-loop-turns.js";

/** Is awaited in long loops: lets others have the event loop when it has been held for its slice. */
export type Pause = () => Promise<void> | undefined;

/** Papers that are written without a pause, in every format but Parquet. */
const SLICE = 20;

/** @returns the pauses of one export, which takes turns with requests and with other exports. */
export function pauseOf(): Pause {
  const runner = { addCpu: () => undefined };
  return () => yieldIfDue(runner);
}

/** @returns the batches in pieces that are small enough to be written without a pause, with pauses in between. */
export async function* inSlices<Item>(batches: AsyncIterable<Item[]>, pause: Pause): AsyncGenerator<Item[]> {
  for await (const batch of batches)
    for (let start = 0; start < batch.length; start += SLICE) {
      yield batch.slice(start, start + SLICE);
      await pause();
    }
}
