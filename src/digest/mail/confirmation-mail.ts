import { html } from "ghtml";
import type { SendMailOptions } from "nodemailer";
import { DigestFrequency } from "../digest-frequency.js";
import { mailDomain, type DigestSettings } from "../../config/digest.config.js";
import { BUTTON, mailPage, TEXT } from "./mail-html.js";
import type { ConfirmationRequest } from "../subscription.store.js";

const EVERY = {
  [DigestFrequency.DAILY]: "the papers of each day, by upvotes",
  [DigestFrequency.WEEKLY]: "the papers of each week, by upvotes",
};

/** The same mail for everybody, so that it tells a reader nothing about the address but that it was entered. */
export function confirmationMail(
  settings: DigestSettings,
  { id, tries, address, frequency }: ConfirmationRequest,
  link: string,
): SendMailOptions {
  const { host } = new URL(settings.publicUrl);
  const what = EVERY[frequency];
  return {
    from: settings.from,
    to: { name: "", address },
    subject: "Do you want the papers by e-mail?",
    messageId: `<confirm.${id}.${Date.now()}.${tries}@${mailDomain(settings)}>`,
    headers: { "Auto-Submitted": "auto-generated" },
    text: `Somebody (you, we hope) asked at ${host} to send you ${what}.

If you want that, open this link within two days:

${link}

If you do not, do nothing: then nothing will come.
`,
    html: mailPage(
      "Do you want the papers by e-mail?",
      html`<p style="${TEXT}">
          Somebody (you, we hope) asked at ${host} to send you ${what}. If you want that, confirm it within
          two days.
        </p>
        <p style="${TEXT}"><a href="${link}" style="${BUTTON}">Confirm</a></p>
        <p style="${TEXT}">If you do not, do nothing: then nothing will come.</p>`,
    ),
  };
}
