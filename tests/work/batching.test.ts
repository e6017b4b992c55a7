import DataLoader from "dataloader";
import { describe, expect, it } from "vitest";
import { batchingOf } from "../../src/platform/work/batching.js";
import { yieldIfDue, type Runner } from "../../src/platform/work/event-loop-turns.js";

/** More than the slice of a turn, so that what comes next has to wait for a turn of its own. */
const LONG = 12;

function useTheProcessor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

async function batchesOf(runners: readonly Runner[], keysOfEach: number): Promise<number[]> {
  const sizes: number[] = [];
  const asked = runners.flatMap((runner) => {
    const loader = new DataLoader<number, number>((keys) => {
      sizes.push(keys.length);
      return Promise.resolve(keys);
    }, batchingOf(runner));
    return Array.from({ length: keysOfEach }, async (_, key) => {
      useTheProcessor(LONG);
      await yieldIfDue(runner);
      return loader.load(key);
    });
  });
  await Promise.all(asked);
  return sizes;
}

describe("what a request asks for in several turns of the event loop", () => {
  it("is loaded at once", async () => {
    expect(await batchesOf([{ addCpu: () => undefined }], 6)).toEqual([6]);
  });

  it("is loaded at once for each of several requests", async () => {
    const runners = Array.from({ length: 3 }, () => ({ addCpu: () => undefined }));
    expect(await batchesOf(runners, 4)).toEqual([4, 4, 4]);
  });
});
