/** Milliseconds for which requests hold the event loop before it is given to others. */
const SLICE = 8;

/** What is charged with processor time. */
export interface Runner {
  addCpu(milliseconds: number): void;
}

/** Who waits to go on, by runner: each is served in turn, so that one with a thousand waiters delays no other. */
const waiting = new Map<Runner, (() => void)[]>();

/** When the current turn of the event loop began, as far as runners are concerned; null between turns. */
let turnStarted: number | null = null;
/** Who runs at the moment, and since when. */
let running: Runner | null = null;
let runningSince = 0;
let isPumping = false;

/**
 * To be called wherever a request may go on for long: in loops, before each list of an answer.
 * @returns what to await before going on; undefined while there is still time, which is nearly always.
 */
export function yieldIfDue(runner: Runner): Promise<void> | undefined {
  const now = performance.now();
  if (turnStarted === null) beginTurn(now);
  if (running !== runner) switchTo(runner, now);
  if (now - (turnStarted ?? now) < SLICE) return undefined;
  return new Promise<void>((resume) => {
    const others = waiting.get(runner);
    if (others) others.push(resume);
    else waiting.set(runner, [resume]);
    pump();
  });
}

function beginTurn(now: number): void {
  turnStarted = now;
  if (!isPumping) setImmediate(endTurn);
}

/** The first immediate after the work of a turn: what ran until now is charged. */
function endTurn(): void {
  if (isPumping) return;
  switchTo(null, performance.now());
  turnStarted = null;
}

function switchTo(next: Runner | null, now: number): void {
  running?.addCpu(now - runningSince);
  running = next;
  runningSince = now;
}

function pump(): void {
  if (isPumping) return;
  isPumping = true;
  setImmediate(nextTurn);
}

/** Lets one waiter go on: what it does next, up to its next wait, runs before the next immediate. */
function nextTurn(): void {
  const now = performance.now();
  switchTo(null, now);
  turnStarted = now;
  const [entry] = waiting;
  if (!entry) {
    isPumping = false;
    turnStarted = null;
    return;
  }
  const [runner, waiters] = entry;
  const resume = waiters.pop();
  // Behind all others, when it has more.
  waiting.delete(runner);
  if (waiters.length) waiting.set(runner, waiters);
  switchTo(runner, now);
  resume?.();
  setImmediate(nextTurn);
}
