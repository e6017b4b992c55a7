import { markdownHeading, markdownLine, markdownLink, markdownText } from "./markdown-text.js";
import type { PaperRecord } from "./paper-records.js";

/** @returns what there is to read of a paper, as Markdown for people and programs. */
export function paperMarkdown({ paper, source, authors, organisations, submitter }: PaperRecord): string {
  const facts = [
    ["Authors", markdownLine(authors.map(({ author }) => author.name).join(", "))],
    ["Organisations", markdownLine(organisations.map(({ name }) => name).join(", "))],
    ["Published", dayOf(paper.publishedAt)],
    ["Venue", paper.venue && markdownLine(paper.venue)],
    ["Daily Papers", paper.submittedAt && submittedText(paper.submittedAt, submitter?.username)],
    ["Page", markdownLink(paper.url)],
    ["PDF", paper.pdfUrl && markdownLink(paper.pdfUrl)],
    ["Code", paper.codeUrl && markdownLink(paper.codeUrl) + starsText(paper.codeStars)],
    ["Project", paper.projectUrl && markdownLink(paper.projectUrl)],
    ["Keywords", markdownLine(source.keywords.join(", "))],
    ["Upvotes", String(paper.upvoteCount)],
  ];
  const sections = [
    ["Abstract", paper.abstract],
    ["AI summary", paper.aiSummary],
  ];
  return [
    markdownHeading(paper.title),
    facts
      .filter(([, text]) => text)
      .map(([name, text]) => `- ${name}: ${text}`)
      .join("\n"),
    ...sections.filter(([, text]) => text).map(([name, text]) => `## ${name}\n\n${markdownText(text ?? "")}`),
  ]
    .join("\n\n")
    .concat("\n");
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function submittedText(moment: Date, username: string | undefined): string {
  return username ? `${dayOf(moment)}, submitted by ${markdownLine(username)}` : dayOf(moment);
}

function starsText(stars: number | null): string {
  return stars === null ? "" : ` (${stars} stars)`;
}
