import type { Context } from "../context/request-context.js";
import { sendConfirmations, type ConfirmationMails } from "./confirmations.js";
import type { DeliveryStore, Due, PeriodKey } from "./delivery.store.js";
import { digestMail, readDigest, type Digest } from "./mail/digest-mail.js";
import { DigestLinks } from "./digest-links.js";
import type { DigestSettings } from "../config/digest.config.js";
import type { Mailer, Outcome } from "./mail/mailer.js";

/** Readers that are taken at once: so many tries at most go to a mail server that is gone before that is noticed. */
const BATCH = 10;

export interface SendOptions {
  /** The periods that everybody gets; mails of others are sent only where they were put off. */
  periods: PeriodKey[];
  settings: DigestSettings;
  mailer: Mailer;
  onWait: () => void;
  /** @param due how many mails are to be sent. */
  onPeriod: (digest: Digest, due: number) => void;
  onMail: () => void;
  /** @param reader their number: an address is nothing for logs. */
  onFailure: (reader: number, outcome: Outcome) => void;
}

export interface SendReport {
  confirmations: ConfirmationMails;
  periods: {
    digest: Digest;
    sent: number;
    putOff: number;
    refused: number;
    unanswered: number;
    cutOff: number;
  }[];
  /** Subscriptions that were ended because their addresses take no mail. */
  ended: number;
}

/** What a run has to send, the oldest first: what earlier runs put off, then its own periods. */
export async function plan(
  deliveries: DeliveryStore,
  periods: readonly PeriodKey[],
): Promise<{ period: PeriodKey; onlyPutOff: boolean }[]> {
  const isOwn = (period: PeriodKey) =>
    periods.some(({ frequency, start }) => frequency === period.frequency && start === period.start);
  const earlier = (await deliveries.putOff()).filter((period) => !isOwn(period));
  return [
    ...earlier.map((period) => ({ period, onlyPutOff: true })),
    ...periods.map((period) => ({ period, onlyPutOff: false })),
  ];
}

/**
 * Sends the digest to whoever is due, and confirmations that wait. One run at a time; each mail leaves at most once.
 * @throws OperatorError when the mail server cannot be used: what is not sent then is sent by the next run.
 */
export async function sendDigest(context: Context, options: SendOptions): Promise<SendReport> {
  const { deliveries, subscriptions } = context;
  const { settings, mailer, periods } = options;
  await mailer.check();
  const links = new DigestLinks(settings.publicUrl, subscriptions);
  const confirmations = await sendConfirmations(subscriptions, settings, links, mailer);
  return deliveries.alone(async () => {
    const report: SendReport = { confirmations, periods: [], ended: 0 };
    for (const planned of await plan(deliveries, periods)) {
      const digest = await readDigest(context, planned.period);
      const cutOff = await deliveries.cutOff(planned.period);
      // No papers, nobody to write to.
      const due = digest.papers.length ? await deliveries.countDue(planned.period, planned) : 0;
      options.onPeriod(digest, due);
      const counts = due
        ? await sendPeriod(digest, planned.onlyPutOff, context, options, (id) => links.unsubscribe(id))
        : NOTHING;
      report.periods.push({ digest, ...counts, cutOff });
    }
    report.ended = await deliveries.endDead();
    return report;
  }, options.onWait);
}

const NOTHING = { sent: 0, putOff: 0, refused: 0, unanswered: 0 };

async function sendPeriod(
  digest: Digest,
  onlyPutOff: boolean,
  { deliveries }: Context,
  { settings, mailer, onMail, onFailure }: SendOptions,
  unsubscribe: (id: number) => Promise<string>,
): Promise<typeof NOTHING> {
  const { period } = digest;
  const counts = { ...NOTHING };
  const send = async (reader: Due): Promise<Outcome> => {
    const mail = digestMail(settings, digest, reader, await unsubscribe(reader.id));
    let handedOver = false;
    const outcome = await mailer.send(
      mail,
      async () => (handedOver = await deliveries.handOver(reader.id, period)),
    );
    if (outcome.state === "SENT") await deliveries.sent(reader.id, period);
    if (outcome.state === "REFUSED" || outcome.state === "PUT_OFF")
      await deliveries.failed(reader.id, period, { forGood: outcome.state === "REFUSED", handedOver });
    onMail();
    return outcome;
  };
  for (let after = 0; ;) {
    const due = await deliveries.due(period, { onlyPutOff }, after, BATCH);
    const outcomes = await Promise.all(due.map(async (reader) => ({ reader, outcome: await send(reader) })));
    for (const { reader, outcome } of outcomes) {
      count(counts, outcome);
      if (outcome.state !== "SENT" && outcome.state !== "HELD_BACK") onFailure(reader.id, outcome);
    }
    // A connection that broke is one reader's bad luck; a server that is gone is everybody's.
    const lost = outcomes.filter(({ outcome }) => outcome.state === "NOT_REACHED");
    if (lost.length) await mailer.check();
    for (const { reader } of lost)
      await deliveries.failed(reader.id, period, { forGood: false, handedOver: false });
    const last = due.at(-1);
    if (!last || due.length < BATCH) return counts;
    after = last.id;
  }
}

function count(counts: typeof NOTHING, { state }: Outcome): void {
  if (state === "SENT") counts.sent++;
  if (state === "REFUSED") counts.refused++;
  if (state === "PUT_OFF" || state === "NOT_REACHED") counts.putOff++;
  if (state === "UNKNOWN") counts.unanswered++;
}
