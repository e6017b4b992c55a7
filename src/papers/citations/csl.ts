import { partedName } from "./author-name.js";
import { doiOf, folded, venueOf, type CitedPaper } from "./cited-paper.js";

/** @returns a list with one item, as CSL-JSON is always a list. */
export function cslOf(cited: CitedPaper): string {
  const { paper, authors } = cited;
  const { publishedAt: date } = paper;
  const venue = venueOf(cited);
  const doi = doiOf(cited);
  const item = {
    id: paper.externalId,
    type: venue ? "paper-conference" : "article",
    title: folded(paper.title),
    author: authors.map(authorOf),
    issued: { "date-parts": [[date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]] },
    URL: paper.url,
    ...(doi && { DOI: doi }),
    ...(paper.abstract && { abstract: folded(paper.abstract) }),
    ...(venue && { "container-title": folded(venue) }),
    ...(paper.arxivId && { publisher: "arXiv", number: `arXiv:${paper.arxivId}` }),
  };
  return JSON.stringify([item]);
}

function authorOf(text: string): Record<string, string | undefined> {
  const { given, particle, family, suffix } = partedName(text);
  if (!given && !suffix) return { literal: [particle, family].filter(Boolean).join(" ") };
  return { given, family, "non-dropping-particle": particle, suffix };
}
