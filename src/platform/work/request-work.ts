import { PapergraphError } from "../../shared/errors.js";
import { chargeNow, startCharging, yieldIfDue, type Runner } from "./event-loop-turns.js";
import { WORK_BOUNDS, type WorkBounds } from "./work-bounds.js";

const COUNTED = {
  objects: "objects",
  bytes: "bytes of text",
  sqlMilliseconds: "milliseconds in the database",
  cpuMilliseconds: "milliseconds of the server's processor",
} as const;

/**
 * The work that is done for one request: what it has used so far, and its end. Everything that works for a request is
 * handed this object, adds what it uses, and stops when `signal` is aborted.
 */
export class RequestWork implements Runner {
  objects = 0;
  bytes = 0;
  sqlMilliseconds = 0;
  cpuMilliseconds = 0;
  /** Points of what was really done, as far as fields and routes count it themselves. */
  points = 0;
  /** Who asks: requests of one caller wait behind each other, not in front of others. */
  caller = "";

  private readonly controller = new AbortController();
  private readonly onces = new Set<string>();
  /** Connections that are held for it. */
  private connections = 0;
  private readonly whenReturned: (() => void)[] = [];
  private readonly timer: NodeJS.Timeout | null;

  constructor(readonly bounds: WorkBounds = WORK_BOUNDS) {
    this.timer = setTimeout(() => {
      this.end(
        new PapergraphError(
          "QUERY_TIMEOUT",
          `The request took longer than ${bounds.deadline / 1_000} seconds and was ended. Ask for less: fewer fields, smaller pages, a narrower filter.`,
        ),
      );
    }, bounds.deadline).unref();
  }

  /** Aborted when nobody waits for the answer any more or a bound is exceeded; its reason is the error to answer with. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** @throws the reason when the work has been ended. */
  check(): void {
    this.controller.signal.throwIfAborted();
  }

  /** Ends the work: its statements are cancelled, and nothing more is done for it. */
  end(reason: Error): void {
    this.done();
    if (!this.signal.aborted) this.controller.abort(reason);
  }

  /** The answer is made: the deadline no longer holds. */
  done(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  /** @throws QUERY_TOO_COMPLEX beyond the bound, as all of these. */
  addObjects(count: number): void {
    this.objects += count;
    if (this.objects > this.bounds.objects) this.exceed("objects");
  }

  addBytes(count: number): void {
    this.bytes += count;
    if (this.bytes > this.bounds.bytes) this.exceed("bytes");
  }

  /** Adds the time of a statement, which has ended: what follows of this turn is done with its rows, or refused. */
  addSql(milliseconds: number): void {
    this.start();
    this.sqlMilliseconds += milliseconds;
    if (this.sqlMilliseconds > this.bounds.sqlMilliseconds) this.end(this.tooMuch("sqlMilliseconds"));
  }

  addCpu(milliseconds: number): void {
    this.cpuMilliseconds += milliseconds;
    if (this.cpuMilliseconds > this.bounds.cpuMilliseconds) this.end(this.tooMuch("cpuMilliseconds"));
  }

  /** From now on the processor's time is counted. */
  start(): void {
    startCharging(this);
  }

  /** Brings `cpuMilliseconds` up to date. */
  chargeNow(): void {
    chargeNow(this);
  }

  addPoints(points: number): void {
    this.points += points;
  }

  /** Adds points for what is done once however often a request asks for it. */
  addPointsOnce(what: string, points: number): void {
    if (this.onces.has(what)) return;
    this.onces.add(what);
    this.points += points;
  }

  /** @returns what to await, where a request may go on for long; undefined while it need not wait. */
  yieldIfDue(): Promise<void> | undefined {
    return yieldIfDue(this);
  }

  /** A connection to the database is held for it: until it is returned, PostgreSQL may be working for the request. */
  connectionTaken(): void {
    this.connections++;
  }

  connectionReturned(): void {
    this.connections--;
    if (this.connections === 0) for (const resume of this.whenReturned.splice(0)) resume();
  }

  /** @returns when all statements have really ended, also those that were cancelled. Its place is free only then. */
  whenIdle(): Promise<void> {
    if (this.connections === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.whenReturned.push(resolve);
    });
  }

  private exceed(bound: keyof typeof COUNTED): never {
    this.end(this.tooMuch(bound));
    throw this.signal.reason as Error;
  }

  private tooMuch(bound: keyof typeof COUNTED): PapergraphError {
    const most = this.bounds[bound].toLocaleString("en");
    return new PapergraphError(
      "QUERY_TOO_COMPLEX",
      `The request needs more than ${most} ${COUNTED[bound]}, which is what one may use, and was ended. Ask for less: fewer fields, smaller pages, a narrower filter.`,
    );
  }
}
