import { html } from "ghtml";
import type { SendMailOptions } from "nodemailer";
import type { Context } from "../../context/request-context.js";
import { papersOfPeriod } from "../../papers/daily/daily-papers.js";
import { cutAtWord, oneLine } from "../../shared/text.js";
import type { PeriodKey } from "../delivery.store.js";
import { DigestFrequency } from "../digest-frequency.js";
import { asArguments, nameOfPeriod } from "../digest-periods.js";
import { mailDomain, type DigestSettings } from "../../config/digest.config.js";
import { HEADING, mailPage, SMALL, TEXT } from "./mail-html.js";

/** Papers in one mail; with more, mail programs cut it off. */
const MAX_PAPERS = 50;
const SUMMARY_LENGTH = 280;
const SUBJECT_TITLE_LENGTH = 90;

/** What one digest tells, the same for everybody. */
export interface Digest {
  period: PeriodKey;
  /** The period for people. */
  name: string;
  papers: { title: string; url: string; upvotes: number; organisations: string[]; summary: string }[];
  /** Papers of the period, in this mail or not. */
  total: number;
}

/** Reads the period's papers, the most upvoted first. */
export async function readDigest(context: Context, period: PeriodKey): Promise<Digest> {
  const papers = await papersOfPeriod(context, { ...asArguments(period), first: MAX_PAPERS });
  const { papers: loaders } = context.loaders;
  const [page, { count: total }] = await Promise.all([
    loaders.page(papers.list, papers.slice, papers.parent),
    loaders.count(papers.list, papers.parent),
  ]);
  return {
    period,
    name: nameOfPeriod(period),
    total,
    papers: await Promise.all(
      page.edges.map(async ({ node }) => ({
        title: oneLine(node.title),
        url: node.url,
        upvotes: node.upvoteCount,
        organisations: (await loaders.organisationsOfPaper(node)).map(({ name }) => name),
        summary: cutAtWord(oneLine(node.aiSummary ?? node.abstract ?? ""), SUMMARY_LENGTH),
      })),
    ),
  };
}

export function subjectOf({ name, papers: [first] }: Digest): string {
  return `Papers of ${name}${first ? `: ${cutAtWord(first.title, SUBJECT_TITLE_LENGTH)}` : ""}`;
}

/** @returns the digest as text, without the words about the subscription at its end. */
export function digestText(digest: Digest): string {
  const papers = digest.papers.map(({ title, url, upvotes, organisations, summary }) =>
    [`▲ ${upvotes}  ${title}`, organisations.join(", "), summary, url].filter(Boolean).join("\n"),
  );
  return [`Papers of ${digest.name}\n${countLine(digest)}`, ...papers, moreLine(digest)]
    .filter(Boolean)
    .join("\n\n");
}

/** @param unsubscribe the reader's own link. */
export function digestMail(
  settings: DigestSettings,
  digest: Digest,
  reader: { id: number; address: string },
  unsubscribe: string,
): SendMailOptions {
  const { host } = new URL(settings.publicUrl);
  const domain = mailDomain(settings);
  const { frequency, start } = digest.period;
  const why = `You asked for this at ${host} and get it ${frequency === DigestFrequency.DAILY ? "each day" : "each week"}.`;
  return {
    from: settings.from,
    to: { name: "", address: reader.address },
    subject: subjectOf(digest),
    messageId: `<digest.${frequency.toLowerCase()}.${start}.${reader.id}@${domain}>`,
    headers: {
      "List-Id": `<digest.${domain}>`,
      // RFC 8058: mail programs unsubscribe with one POST to this address, without a question.
      "List-Unsubscribe": `<${unsubscribe}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      "Auto-Submitted": "auto-generated",
      Precedence: "bulk",
    },
    text: `${digestText(digest)}\n\n-- \n${why}\nUnsubscribe: ${unsubscribe}\n`,
    html: mailPage(subjectOf(digest), digestHtml(digest, why, unsubscribe)),
  };
}

function digestHtml(digest: Digest, why: string, unsubscribe: string): string {
  const items = digest.papers.map(
    ({ title, url, upvotes, organisations, summary }) =>
      html` <div style="margin:0 0 24px">
        <p style="margin:0;font:600 17px/1.4 system-ui,sans-serif">
          <a href="${url}" style="color:#1d4ed8;text-decoration:none">${title}</a>
        </p>
        <p style="${SMALL}">${["▲ " + String(upvotes), ...organisations].join(" · ")}</p>
        <p style="margin:4px 0 0;font:15px/1.5 system-ui,sans-serif">${summary}</p>
      </div>`,
  );
  return html` <h1 style="${HEADING}">Papers of ${digest.name}</h1>
    <p style="${SMALL};margin-bottom:24px">${countLine(digest)}</p>
    !${items}
    <p style="${TEXT}">${moreLine(digest)}</p>
    <p style="${SMALL}">${why} <a href="${unsubscribe}" style="color:#595959">Unsubscribe</a></p>`;
}

function countLine({ total }: Digest): string {
  return total === 1 ? "1 paper" : `${total} papers, the most upvoted first`;
}

function moreLine({ papers, total }: Digest): string {
  const more = total - papers.length;
  return more > 0 ? `And ${more} more ${more === 1 ? "paper" : "papers"}.` : "";
}
