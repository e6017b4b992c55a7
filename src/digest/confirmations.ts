import { setTimeout as sleep } from "node:timers/promises";
import { confirmationMail } from "./mail/confirmation-mail.js";
import type { DigestLinks } from "./digest-links.js";
import type { DigestSettings } from "../config/digest.config.js";
import type { Mailer } from "./mail/mailer.js";
import type { ConfirmationRequest, SubscriptionStore } from "./subscription.store.js";

/** Milliseconds between two looks for mails that are due again, or that another instance has taken in. */
const EVERY = 60_000;
const BATCH = 10;

export interface ConfirmationMails {
  sent: number;
  /** Why mails could not be sent, each reason once. */
  failures: Set<string>;
}

/** Sends the mails that ask readers whether they want the digest, all that are due. */
export async function sendConfirmations(
  store: SubscriptionStore,
  settings: DigestSettings,
  links: DigestLinks,
  mailer: Mailer,
): Promise<ConfirmationMails> {
  const result: ConfirmationMails = { sent: 0, failures: new Set() };
  const server = { reached: true };
  const send = async (request: ConfirmationRequest) => {
    const link = await links.confirm(request.id, request.frequency);
    const outcome = await mailer.send(confirmationMail(settings, request, link));
    if (outcome.state === "SENT") result.sent++;
    else if (outcome.state !== "HELD_BACK") result.failures.add(outcome.reason);
    if (outcome.state === "SENT" || outcome.state === "REFUSED") await store.mailDone(request);
    // A server that is away has put off nothing: the mail waits for it.
    else if (outcome.state === "NOT_REACHED") server.reached = false;
    else await store.mailPutOff(request);
  };
  for (;;) {
    const due = await store.dueMails(BATCH);
    await Promise.all(due.map(send));
    if (due.length < BATCH || !server.reached) return result;
  }
}

export interface ConfirmationLoop {
  /** There is a mail to send now. */
  wake(): void;
  /** Resolves when the round under way has ended. */
  stop(): Promise<void>;
}

/** Runs `round` whenever it is woken, and every minute, one round at a time. */
export function confirmationLoop(round: () => Promise<void>): ConfirmationLoop {
  const stopping = new AbortController();
  let alarm = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      alarm = new AbortController();
      await round();
      const signal = AbortSignal.any([alarm.signal, stopping.signal]);
      await sleep(EVERY, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = run();
  return {
    wake: () => {
      alarm.abort();
    },
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}
