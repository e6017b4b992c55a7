import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Semaphore, type SemaphoreOptions } from "../../src/platform/work/semaphore.js";

function semaphore(options: Partial<SemaphoreOptions> = {}): Semaphore {
  return new Semaphore({
    slots: 2,
    slotsPerCaller: 1,
    maxWaiting: 100,
    maxWaitingPerCaller: 50,
    acquireTimeout: 60_000,
    busy: { message: "Too many.", retryAfter: 3 },
    ...options,
  });
}

/** Holds a slot until it is let go. */
function holding(slots: Semaphore, caller: string, order: string[] = [], signal?: AbortSignal) {
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const done = slots.run({ caller, signal }, () => {
    order.push(caller);
    return held;
  });
  done.catch(() => undefined);
  return { done, letGo };
}

const turn = () => sleep(0);

it("runs so many at a time, and goes on after a failure", async () => {
  const slots = semaphore({ slotsPerCaller: 2 });
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      slots
        .run({ caller: "" }, async () => {
          order.push(n);
          most = Math.max(most, ++inside);
          await turn();
          inside--;
          if (n % 3 === 0) throw new Error("A failure frees its slot, too.");
        })
        .catch(() => undefined),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([...order].sort((one, other) => one - other));
});

it("keeps a slot for others, and serves callers in turn", async () => {
  const slots = semaphore();
  const order: string[] = [];
  const greedy = Array.from({ length: 8 }, () => holding(slots, "greedy", order));
  await turn();
  expect(order).toEqual(["greedy"]);
  const polite = [holding(slots, "polite", order), holding(slots, "polite", order)];
  const third = holding(slots, "third", order);
  await turn();
  expect(order).toEqual(["greedy", "polite"]);
  greedy[0]!.letGo();
  await turn();
  expect(order.at(-1)).toBe("greedy");
  polite[0]!.letGo();
  await turn();
  expect(order.slice(3)).toEqual(["polite"]);
  greedy[1]!.letGo();
  await turn();
  // The greedy one had its turn after the first, so the third one is next.
  expect(order.slice(4)).toEqual(["third"]);
  for (const { letGo } of [...greedy, ...polite, third]) letGo();
  await Promise.all([...greedy, ...polite, third].map(({ done }) => done));
  expect(order).toHaveLength(11);
});

it("refuses who waits too long, and who is one too many", async () => {
  const busy = { code: "SERVICE_UNAVAILABLE", message: "Too many.", retryAfter: 3 };
  const quick = semaphore({ slots: 1, acquireTimeout: 5 });
  const first = holding(quick, "a");
  await expect(holding(quick, "b").done).rejects.toMatchObject(busy);
  first.letGo();
  await first.done;
  holding(quick, "b").letGo();

  const small = semaphore({ slots: 1, maxWaiting: 3, maxWaitingPerCaller: 3 });
  const held = holding(small, "a");
  const greedy = [1, 2, 3].map(() => holding(small, "greedy"));
  await expect(holding(small, "greedy").done).rejects.toMatchObject(busy);
  // A full queue takes another caller in the place of the last one of who has most in it.
  const polite = holding(small, "polite");
  await expect(greedy[2]!.done).rejects.toMatchObject(busy);
  for (const { letGo } of [held, ...greedy, polite]) letGo();
  await Promise.all([held, greedy[0]!, greedy[1]!, polite].map(({ done }) => done));

  const none = semaphore({ slots: 1, acquireTimeout: 0 });
  const only = holding(none, "a");
  await expect(holding(none, "b").done).rejects.toMatchObject(busy);
  only.letGo();
});

it("lets who leaves out of the queue", async () => {
  const slots = semaphore({ slots: 1 });
  const held = holding(slots, "a");
  const leaving = new AbortController();
  const order: string[] = [];
  const gone = holding(slots, "b", order, leaving.signal);
  leaving.abort(new Error("left"));
  await expect(gone.done).rejects.toThrow("left");
  const next = holding(slots, "c", order);
  held.letGo();
  next.letGo();
  await next.done;
  expect(order).toEqual(["c"]);
});
