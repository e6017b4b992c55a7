import type { FastifyBaseLogger } from "fastify";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { PapergraphError } from "../shared/errors.js";
import { networkOf } from "../shared/network.js";
import { confirmationLoop, sendConfirmations } from "./confirmations.js";
import type { DigestFrequency } from "./digest-frequency.js";
import { DigestLinks } from "./digest-links.js";
import type { DigestSettings } from "../config/digest.config.js";
import { cleanAddress } from "./mail/email-address.js";
import { createMailer } from "./mail/mailer.js";
import type { SubscriptionStore } from "./subscription.store.js";

/** Requests that one network address may make in an hour, by instance: an office's worth, no mail bomber's. */
const REQUESTS = { points: 30, duration: 3_600 };

/** Milliseconds that a mail under way is given at the end; one that is cut off is sent again after the next start. */
const CLOSE_WITHIN = 3_000;

/** Takes subscriptions, and sends the mails that ask for confirmation. */
export interface DigestDesk {
  /**
   * Asks an address's owner by mail whether they want the digest. What comes of it is the same for every address; the
   * mail is sent after the answer.
   * @throws BAD_USER_INPUT naming `argument`; RATE_LIMITED.
   */
  ask(request: { email: string; frequency: DigestFrequency; from: string }, argument: string): Promise<void>;
  close(): Promise<void>;
}

export function openDigestDesk(
  settings: DigestSettings,
  store: SubscriptionStore,
  log: FastifyBaseLogger,
): DigestDesk {
  const links = new DigestLinks(settings.publicUrl, store);
  const limiter = new RateLimiterMemory(REQUESTS);
  const mailer = settings.smtpUrl === null ? null : createMailer(settings.smtpUrl);
  const round = async () => {
    try {
      await store.forget();
      if (!mailer) return;
      const { failures } = await sendConfirmations(store, settings, links, mailer);
      for (const reason of failures)
        log.warn({ reason }, "a mail that asks for confirmation could not be sent");
    } catch (error) {
      log.error(error, "sending confirmations failed; the next round makes up for it");
    }
  };
  const loop = confirmationLoop(round);
  return {
    async ask({ email, frequency, from }, argument) {
      const address = cleanAddress(email, argument);
      await limiter.consume(networkOf(from)).catch((refusal: unknown) => {
        throw refusal instanceof RateLimiterRes ? tooMany(refusal.msBeforeNext) : refusal;
      });
      await store.request(address, frequency);
      loop.wake();
    },
    async close() {
      const overdue = setTimeout(() => mailer?.close({ force: true }), CLOSE_WITHIN);
      await loop.stop();
      clearTimeout(overdue);
      mailer?.close();
    },
  };
}

function tooMany(milliseconds: number): PapergraphError {
  const seconds = Math.ceil(milliseconds / 1_000);
  return new PapergraphError(
    "RATE_LIMITED",
    `Too many subscriptions were asked for from this network address: at most ${REQUESTS.points} an hour. Try again in ${Math.ceil(seconds / 60)} minutes.`,
    undefined,
    seconds,
  );
}
