import { jwtVerify, SignJWT, type JWTPayload } from "jose";
import { DigestFrequency } from "./digest-frequency.js";
import type { SubscriptionStore } from "./subscription.store.js";

/** How long a link to confirm is good for. */
const CONFIRM_WITHIN = "48h";
const ALGORITHM = "HS256";

/** Each purpose is a token's audience and an address of its own: a token for one is void for the other. */
type Purpose = "confirm" | "unsubscribe";

/** Makes the links of mails: signed, and without an e-mail address, so that none gets into logs and histories. */
export class DigestLinks {
  constructor(
    private readonly publicUrl: string,
    private readonly store: SubscriptionStore,
  ) {}

  confirm(requestId: number, frequency: DigestFrequency): Promise<string> {
    const token = new SignJWT({ frequency }).setSubject(String(requestId)).setExpirationTime(CONFIRM_WITHIN);
    return this.sign("confirm", token);
  }

  /** Good for as long as the subscription lasts: old mails lie around for years. */
  unsubscribe(subscriptionId: number): Promise<string> {
    return this.sign("unsubscribe", new SignJWT().setSubject(String(subscriptionId)));
  }

  private async sign(purpose: Purpose, token: SignJWT): Promise<string> {
    const secret = await this.store.secret();
    const signed = await token.setProtectedHeader({ alg: ALGORITHM }).setAudience(purpose).sign(secret);
    return `${this.publicUrl}/digest/${purpose}?token=${signed}`;
  }
}

/** @returns what a link to confirm says; null for one that is too old, or not ours. */
export async function readConfirm(
  store: SubscriptionStore,
  token: string,
): Promise<{ requestId: number; frequency: DigestFrequency } | null> {
  const payload = await verify(store, "confirm", token);
  const frequency = Object.values(DigestFrequency).find((value) => value === payload?.frequency);
  return payload?.exp && frequency ? { requestId: Number(payload.sub), frequency } : null;
}

/** @returns the number of the subscription that a link ends; null for a link that is not ours. */
export async function readUnsubscribe(store: SubscriptionStore, token: string): Promise<number | null> {
  const payload = await verify(store, "unsubscribe", token);
  return payload && Number(payload.sub);
}

async function verify(store: SubscriptionStore, purpose: Purpose, token: string): Promise<JWTPayload | null> {
  const secret = await store.secret();
  const options = { algorithms: [ALGORITHM], audience: purpose, requiredClaims: ["sub"] };
  return jwtVerify(token, secret, options).then(
    ({ payload }) => payload,
    () => null,
  );
}
