/** Milliseconds for which requests hold the event loop before it is given to others. */
const SLICE = 8;

/** Waiters that are resumed together, some thousand promises' worth of a slice at most. */
const AT_ONCE = 200;

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
 * To be called wherever a request may go on for long: in loops, before each list of an answer is completed.
 * @returns what to await before going on; undefined while there is still time, which is nearly always.
 */
export function yieldIfDue(runner: Runner): Promise<void> | undefined {
  return isDue(runner) ? nextSlice(runner) : undefined;
}

/**
 * Those who wait are resumed together, so that what they ask of a loader is still asked as one batch; who is resumed when
 * the others have used up the slice waits again.
 */
async function nextSlice(runner: Runner): Promise<void> {
  do
    await new Promise<void>((resume) => {
      const others = waiting.get(runner);
      if (others) others.push(resume);
      else waiting.set(runner, [resume]);
      pump();
    });
  while (isDue(runner));
}

function isDue(runner: Runner): boolean {
  const now = performance.now();
  if (turnStarted === null) beginTurn(now);
  if (running !== runner) switchTo(runner, now);
  return now - (turnStarted ?? now) >= SLICE;
}

/** The runner begins: what this turn does from now on is charged to it, until another one goes on or the turn ends. */
export function startCharging(runner: Runner): void {
  isDue(runner);
}

/** Charges what the runner has used of the current turn so far: an answer's last part ends before its turn does. */
export function chargeNow(runner: Runner): void {
  if (running === runner) switchTo(runner, performance.now());
}

/** Whether parts of the runner wait for a turn. */
export function hasWaiters(runner: Runner): boolean {
  return waiting.has(runner);
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

/** Lets the waiters of one runner go on: what they do next, up to their next waits, runs before the next immediate. */
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
  const resumed = waiters.splice(0, AT_ONCE);
  // Behind all others, when it has more.
  waiting.delete(runner);
  if (waiters.length) waiting.set(runner, waiters);
  switchTo(runner, now);
  for (const resume of resumed) resume();
  setImmediate(nextTurn);
}
