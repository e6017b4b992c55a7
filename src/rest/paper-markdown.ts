import type { PaperRecord } from "./paper-records.js";

/** @returns what there is to read of a paper, as Markdown for people and programs. */
export function paperMarkdown({ paper, source, authors, organisations, submitter }: PaperRecord): string {
  const facts = [
    ["Authors", authors.map(({ author }) => author.name).join(", ")],
    ["Organisations", organisations.map(({ name }) => name).join(", ")],
    ["Published", dayOf(paper.publishedAt)],
    ["Venue", paper.venue],
    ["Daily Papers", paper.submittedAt && submittedText(paper.submittedAt, submitter?.username)],
    ["Page", `<${paper.url}>`],
    ["PDF", paper.pdfUrl && `<${paper.pdfUrl}>`],
    ["Code", paper.codeUrl && `<${paper.codeUrl}>${starsText(paper.codeStars)}`],
    ["Project", paper.projectUrl && `<${paper.projectUrl}>`],
    ["Keywords", source.keywords.join(", ")],
    ["Upvotes", String(paper.upvoteCount)],
  ];
  const sections = [
    ["Abstract", paper.abstract],
    ["AI summary", paper.aiSummary],
  ];
  return [
    `# ${paper.title}`,
    facts
      .filter(([, text]) => text)
      .map(([name, text]) => `- ${name}: ${text}`)
      .join("\n"),
    ...sections.filter(([, text]) => text).map(([name, text]) => `## ${name}\n\n${text}`),
  ]
    .join("\n\n")
    .concat("\n");
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function submittedText(moment: Date, username: string | undefined): string {
  return username ? `${dayOf(moment)}, submitted by ${username}` : dayOf(moment);
}

function starsText(stars: number | null): string {
  return stars === null ? "" : ` (${stars} stars)`;
}
