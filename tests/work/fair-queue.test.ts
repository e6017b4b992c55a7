import { describe, expect, it } from "vitest";
import { FairQueue } from "../../src/platform/work/fair-queue.js";

const anybody = () => true;

function queueOf(...items: [caller: string, item: string][]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [caller, item] of items) queue.add(caller, item);
  return queue;
}

describe("the fair queue", () => {
  it("serves callers in turn, each in its own order", () => {
    const queue = queueOf(["a", "a1"], ["a", "a2"], ["a", "a3"], ["b", "b1"], ["c", "c1"], ["b", "b2"]);
    const served = Array.from({ length: 7 }, () => queue.next(anybody));
    expect(served).toEqual(["a1", "b1", "c1", "a2", "b2", "a3", undefined]);
    expect(queue.size).toBe(0);
  });

  it("passes over callers who may not be served, and they keep their turn", () => {
    const queue = queueOf(["a", "a1"], ["b", "b1"], ["c", "c1"]);
    expect(queue.next((caller) => caller !== "a")).toBe("b1");
    expect(queue.next(anybody)).toBe("a1");
    expect(queue.next(() => false)).toBeUndefined();
    expect(queue.size).toBe(1);
  });

  it("forgets who leaves", () => {
    const queue = queueOf(["a", "a1"], ["a", "a2"], ["b", "b1"]);
    queue.remove("a", "a1");
    queue.remove("a", "a1");
    queue.remove("nobody", "x");
    expect([queue.size, queue.sizeOf("a"), queue.next(anybody), queue.next(anybody)]).toEqual([
      2,
      1,
      "a2",
      "b1",
    ]);
  });

  it("gives up the last of the caller with the most, only when that one has more than so many", () => {
    const queue = queueOf(["a", "a1"], ["a", "a2"], ["a", "a3"], ["b", "b1"]);
    expect(queue.removeLastOfLongest(3)).toBeUndefined();
    expect(queue.removeLastOfLongest(1)).toBe("a3");
    expect(queue.clear()).toEqual(["a1", "a2", "b1"]);
    expect(queue.size).toBe(0);
  });
});
