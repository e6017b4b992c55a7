import { rateLimitAsked } from "../observability/events.js";
import { RateLimited, type Quota } from "./rate-limited.js";
import type { Subject } from "./rate-limit-subject.js";
import type { RateLimiter } from "./rate-limiter.js";

/** The points that one request may consume, and has consumed. */
export class Budget {
  private quota: Quota | null = null;
  private points = 0;
  private expectedPoints = 0;
  private isAsked = false;

  constructor(
    private readonly limiter: RateLimiter,
    private charged: Subject,
  ) {}

  /** Who is charged. */
  get subject(): Subject {
    return this.charged;
  }

  /** Whether points were asked for, granted or not. */
  get isCharged(): boolean {
    return this.isAsked;
  }

  /** Points that the request is charged with at the moment. */
  get consumed(): number {
    return this.points;
  }

  /** Points that were charged before the work; 1 for a refusal. */
  get expected(): number {
    return this.expectedPoints;
  }

  /** What is left, as far as this request knows. */
  get left(): Quota {
    return this.quota ?? this.limiter.full(this.subject);
  }

  /**
   * Charges another subject from now on, with what this request has consumed so far.
   * @throws RATE_LIMITED when the other subject has not so many points left.
   */
  async chargeTo(subject: Subject): Promise<void> {
    if (subject.kind === this.subject.kind && subject.key === this.subject.key) return;
    const { points, subject: former } = this;
    this.charged = subject;
    if (points === 0) {
      this.quota = null;
      return;
    }
    await this.refund(former, points);
    await this.consume(points);
  }

  /** @throws RATE_LIMITED for a subject that is known to have nothing left. */
  rejectIfExhausted(): void {
    const quota = this.limiter.exhausted(this.subject);
    if (!quota) return;
    this.isAsked = true;
    this.quota = quota;
    this.publish("refused");
    throw new RateLimited(quota, 1);
  }

  /** Charges the expected cost, before the work. @throws RATE_LIMITED when the points are not there; that costs one. */
  async consume(points: number): Promise<void> {
    this.isAsked = true;
    try {
      this.quota = await this.limiter.consume(this.subject, points);
      this.points = points;
      this.expectedPoints = points;
      this.publish("allowed");
    } catch (error) {
      if (error instanceof RateLimited) {
        this.quota = error.quota;
        this.points = 1;
        this.expectedPoints = 1;
        this.publish("refused");
      }
      throw error;
    }
  }

  /**
   * Charges the actual cost, after the work: the difference to what was consumed is charged or given back. Refuses
   * nothing; a subject below zero is refused at its next request. A second call corrects the first.
   * @param actual points; a fraction counts as a whole one.
   */
  async settle(actual: number): Promise<void> {
    const difference = Math.ceil(actual) - this.points;
    if (difference === 0) return;
    this.isAsked = true;
    if (difference < 0) await this.refund(this.subject, -difference);
    else this.quota = await this.limiter.adjust(this.subject, difference);
    this.points += difference;
  }

  /** What was charged in a window that has ended is not given back in the next. */
  private async refund(subject: Subject, points: number): Promise<void> {
    if (performance.now() >= this.left.resetsAt) return;
    const quota = await this.limiter.adjust(subject, -points);
    if (subject === this.subject) this.quota = quota;
  }

  private publish(outcome: "allowed" | "refused"): void {
    rateLimitAsked(outcome, this.subject.kind === "user" ? "user" : "ip");
  }
}
