import { rateLimitAsked } from "../observability/events.js";
import { RateLimited, type Account } from "./rate-limited.js";
import type { Payer, RateLimiter } from "./rate-limiter.js";

/** What one request may spend, and has spent. */
export class Budget {
  private account: Account | null = null;
  private hasSpent = false;

  constructor(
    private readonly limiter: RateLimiter,
    private payer: Payer,
  ) {}

  /** Whether points were asked for, were they given or not. */
  get isCharged(): boolean {
    return this.hasSpent;
  }

  /** What is left, as far as this request knows. */
  get left(): Account {
    return this.account ?? this.limiter.full(this.payer);
  }

  /** From now on somebody else pays: the token has turned out to be good. */
  payBy(payer: Payer): void {
    this.payer = payer;
  }

  /** @throws RATE_LIMITED for those known to have nothing left. */
  refuseSpent(): void {
    const account = this.limiter.spentAccount(this.payer);
    if (!account) return;
    this.hasSpent = true;
    this.account = account;
    this.tell("refused");
    throw new RateLimited(account, 1);
  }

  /** @throws RATE_LIMITED when the points are not there. */
  async spend(points: number): Promise<void> {
    this.hasSpent = true;
    try {
      this.account = await this.limiter.spend(this.payer, points);
      this.tell("allowed");
    } catch (error) {
      if (error instanceof RateLimited) {
        this.account = error.account;
        this.tell("refused");
      }
      throw error;
    }
  }

  private tell(outcome: "allowed" | "refused"): void {
    rateLimitAsked(outcome, this.payer.kind === "token" ? "token" : "ip");
  }
}
