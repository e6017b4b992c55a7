import { partedName } from "./author-name.js";
import { doiOf, folded, venueOf, type CitedPaper } from "./cited-paper.js";
import { latexOf } from "./latex.js";

/** arXiv's subject classes, which are tags here: cs.CL, hep-th. */
const SUBJECT_CLASS =
  /^((astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)\.[A-Za-z-]{2,}|gr-qc|hep-(ex|lat|ph|th)|math-ph|nucl-(ex|th)|quant-ph)$/;

/** @returns an entry in UTF-8, for BibTeX and biblatex; its key is another one for each paper. */
export function bibtexOf(cited: CitedPaper): string {
  const { paper, authors, tags } = cited;
  const venue = venueOf(cited);
  const primaryClass = paper.arxivId && tags.find((tag) => SUBJECT_CLASS.test(tag));
  const fields: [name: string, value: string | null | undefined][] = [
    ["title", titleOf(folded(paper.title))],
    ["author", authors.map(authorOf).filter(Boolean).join(" and ")],
    ["booktitle", venue && latexOf(folded(venue))],
    ["year", String(paper.publishedAt.getUTCFullYear())],
    // The usual macros (`nov`) are unknown to parsers that are not told to know them.
    ["month", String(paper.publishedAt.getUTCMonth() + 1)],
    ["eprint", paper.arxivId],
    ["archiveprefix", paper.arxivId && "arXiv"],
    ["primaryclass", primaryClass],
    ["doi", doiOf(cited)],
    ["url", paper.url],
    ["keywords", tags.map((tag) => latexOf(folded(tag))).join(", ")],
    ["abstract", paper.abstract && latexOf(folded(paper.abstract))],
  ];
  const lines = fields.flatMap(([name, value]) => (value ? [`  ${name} = {${value}},\n`] : []));
  return `@${venue ? "inproceedings" : "misc"}{${keyOf(cited)},\n${lines.join("")}}`;
}

/** Styles write titles in small letters; words with capitals inside, names above all, are kept from it by braces. */
function titleOf(title: string): string {
  const latex = latexOf(title);
  return latex.replace(/[^\s\\{}$~]+/gu, (word, offset: number) =>
    /^.+\p{Lu}/u.test(word) && isBetween(latex, offset, word.length) ? `{${word}}` : word,
  );
}

/** Whether the word is no part of a command, a formula or a group. */
function isBetween(latex: string, offset: number, length: number): boolean {
  const before = latex[offset - 1] ?? " ";
  const after = latex[offset + length] ?? " ";
  return before === " " && after === " ";
}

function authorOf(text: string): string {
  const { given, particle, family, suffix } = partedName(text);
  if (!given && !suffix) return particle ? `{${latexOf(`${particle} ${family}`)}}` : `{${latexOf(family)}}`;
  const last = [particle, part(family)].filter(Boolean).join(" ");
  return [last, suffix && part(suffix), given && part(given)].filter(Boolean).join(", ");
}

/** In braces where a comma or an "and" would part it. */
function part(text: string): string {
  const latex = latexOf(text);
  return /,|(^|\s)and(\s|$)/i.test(latex) ? `{${latex}}` : latex;
}

/** Family name, year and first word tell readers what it is; the paper's id makes it the only one. */
function keyOf({ paper, authors: [first = ""] }: CitedPaper): string {
  const year = String(paper.publishedAt.getUTCFullYear());
  const id = paper.externalId.replace(
    /[^\w.:/-]/gu,
    (character) => `-${character.codePointAt(0)?.toString(16)}-`,
  );
  const word = folded(paper.title).split(/[\s:]/u).map(asciiOf).find(Boolean) ?? "";
  return `${asciiOf(partedName(first).family)}${year}${word.charAt(0).toUpperCase()}${word.slice(1)}:${id}`;
}

function asciiOf(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]/g, "")
    .slice(0, 40);
}
