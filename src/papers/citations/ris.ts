import { partedName } from "./author-name.js";
import { doiOf, folded, venueOf, type CitedPaper } from "./cited-paper.js";

/** @returns a record, a field a line however long: readers do not join lines that were parted. */
export function risOf(cited: CitedPaper): string {
  const { paper, authors, tags } = cited;
  const venue = venueOf(cited);
  const day = paper.publishedAt.toISOString().slice(0, 10).replaceAll("-", "/");
  const fields: [tag: string, value: string | null | undefined][] = [
    ["TY", venue ? "CONF" : "UNPB"],
    ["ID", paper.externalId],
    ["TI", paper.title],
    ...authors.map((name): [string, string] => ["AU", authorOf(name)]),
    ["PY", String(paper.publishedAt.getUTCFullYear())],
    ["DA", `${day}/`],
    ["T2", venue],
    ["PB", paper.arxivId && !venue ? "arXiv" : null],
    ["M1", paper.arxivId && `arXiv:${paper.arxivId}`],
    ["DO", doiOf(cited)],
    ["UR", paper.url],
    ...tags.map((tag): [string, string] => ["KW", tag]),
    ["AB", paper.abstract],
  ];
  const lines = fields.flatMap(([tag, value]) => {
    const text = value ? folded(value) : "";
    return text ? [`${tag}  - ${text}\n`] : [];
  });
  return `${lines.join("")}ER  - `;
}

/** A comma at the end tells that a name is not a person's; what stands after a second comma is not read by all. */
function authorOf(text: string): string {
  const { given, particle, family, suffix } = partedName(text);
  const last = [particle, family, suffix].filter(Boolean).join(" ");
  if (given) return `${last}, ${given}`;
  return last.includes(" ") ? `${last},` : last;
}
