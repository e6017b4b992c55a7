import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until the answer is yes. @throws when it is still no after a minute. */
export async function eventually(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It did not come to this: ${what}.`);
    await sleep(50);
  }
}
