import { SingleBar } from "cli-progress";
import type { Config } from "../config/config.js";
import { createContext, type Stores } from "../context/request-context.js";
import { OperatorError } from "../shared/errors.js";
import { parseDay } from "../shared/dates.js";
import type { PeriodKey } from "../digest/delivery.store.js";
import { digestText, readDigest, subjectOf, type Digest } from "../digest/mail/digest-mail.js";
import { periodsOf } from "../digest/digest-periods.js";
import { digestSettings } from "../config/digest.config.js";
import { createMailer } from "../digest/mail/mailer.js";
import { plan, sendDigest, type SendReport } from "../digest/send-digest.js";

export interface DigestCommandOptions {
  date?: string;
  dryRun?: boolean;
}

/**
 * `papergraph digest send`.
 * @param print takes what goes to standard output, `note` what goes to standard error.
 * @returns whether everybody who was due got their mail.
 * @throws OperatorError; BAD_USER_INPUT for a bad --date.
 */
export async function runDigestSend(
  stores: Stores,
  config: Config,
  options: DigestCommandOptions,
  print: (text: string) => void,
  note: (text: string) => void,
): Promise<boolean> {
  const periods = periodsOf(options.date === undefined ? null : parseDay(options.date, "--date"));
  const context = createContext(stores, null);
  if (options.dryRun) {
    for (const planned of await plan(stores.deliveries, periods)) {
      const digest = await readDigest(context, planned.period);
      const due = digest.papers.length ? await stores.deliveries.countDue(planned.period, planned) : 0;
      print(`${title(planned.period, digest)}: ${mails(due)} would be sent.`);
      if (digest.papers.length) print(`Subject: ${subjectOf(digest)}\n\n${digestText(digest)}\n`);
    }
    return true;
  }
  const { settings, smtpUrl } = mailSettings(config);
  const mailer = createMailer(smtpUrl);
  const bar = new SingleBar({
    stream: process.stderr,
    format: "{bar} {value}/{total} mails | {eta_formatted} left",
    clearOnComplete: true,
    hideCursor: true,
  });
  try {
    const report = await sendDigest(context, {
      periods,
      settings,
      mailer,
      onWait: () => {
        note("Another `digest send` is at work: waiting for it to end.");
      },
      onPeriod: (digest, due) => {
        bar.stop();
        note(`${title(digest.period, digest)}: ${mails(due)} to send.`);
        if (due) bar.start(due, 0);
      },
      onMail: () => {
        bar.increment();
      },
      onFailure: (reader, outcome) => {
        note(
          `Reader ${reader}: ${outcome.state.toLowerCase().replace("_", " ")} (${"reason" in outcome ? outcome.reason : ""}).`,
        );
      },
    });
    bar.stop();
    tell(report, print);
    return report.periods.every(({ putOff, refused, unanswered }) => putOff + refused + unanswered === 0);
  } finally {
    bar.stop();
    mailer.close();
  }
}

/** @throws OperatorError that says what to set. */
function mailSettings(config: Config) {
  const settings = config.smtpUrl === null ? null : digestSettings(config);
  if (!config.smtpUrl)
    throw new OperatorError(
      "SMTP_URL is not set: set it to your mail server, such as smtp://user:password@mail.example.org:587, MAIL_FROM to the sender's address, and PUBLIC_URL to the address of this server.",
    );
  if (!settings) throw new OperatorError("The digest is switched off: set DIGEST=on, or leave it out.");
  return { settings, smtpUrl: config.smtpUrl };
}

function tell({ periods, confirmations, ended }: SendReport, print: (text: string) => void): void {
  for (const { digest, sent, putOff, refused, unanswered, cutOff } of periods) {
    const counts = [
      `${sent} sent`,
      putOff && `${putOff} put off to the next run`,
      refused && `${refused} refused`,
      unanswered && `${unanswered} without an answer, not sent again`,
      cutOff && `${cutOff} on their way when an earlier run ended, not sent again`,
    ];
    print(`${title(digest.period, digest)}: ${counts.filter(Boolean).join(", ")}.`);
  }
  const { sent: asked, failures } = confirmations;
  if (asked) print(`${mails(asked)} sent that ask for confirmation.`);
  if (failures.size)
    print(`Some mails that ask for confirmation were not sent (${[...failures].join(", ")}).`);
  if (ended) print(`Subscriptions ended because their addresses take no mail: ${ended}.`);
}

function title({ frequency }: PeriodKey, { name, total }: Digest): string {
  return `${frequency} ${name}, ${total === 1 ? "1 paper" : `${total} papers`}`;
}

function mails(count: number): string {
  return count === 1 ? "1 mail" : `${count} mails`;
}
