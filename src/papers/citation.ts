import { Cite } from "@citation-js/core";
import "@citation-js/plugin-bibtex";
import "@citation-js/plugin-ris";
import { registerEnumType } from "type-graphql";
import type { Author } from "./author.js";
import type { Paper } from "./paper.entity.js";

export enum CitationFormat {
  BIBTEX = "BIBTEX",
  RIS = "RIS",
  CSL_JSON = "CSL_JSON",
}

registerEnumType(CitationFormat, {
  name: "CitationFormat",
  description: "How a citation is written.",
  valuesConfig: {
    BIBTEX: { description: "BibTeX, for LaTeX." },
    RIS: { description: "RIS, for EndNote, Mendeley and Zotero." },
    CSL_JSON: { description: "CSL-JSON, for citation processors." },
  },
});

/** @returns the paper as a citation; names are parted at their last space, as authors' names here come in one piece. */
export function citePaper(paper: Paper, authors: readonly Author[], format: CitationFormat): string {
  const cite = new Cite([cslOf(paper, authors)]);
  switch (format) {
    case CitationFormat.BIBTEX:
      return cite.format("bibtex").trim();
    case CitationFormat.RIS:
      return cite.format("ris").trim();
    case CitationFormat.CSL_JSON:
      return JSON.stringify(cite.format("data", { format: "object" }));
  }
}

function cslOf(paper: Paper, authors: readonly Author[]): Record<string, unknown> {
  const { publishedAt: date } = paper;
  const conference = paper.venue && paper.venue !== "arXiv" ? paper.venue : null;
  return {
    id: paper.externalId,
    type: conference ? "paper-conference" : "article",
    title: paper.title,
    author: authors.map(({ name }) => nameOf(name)),
    issued: { "date-parts": [[date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]] },
    URL: paper.url,
    ...(paper.abstract && { abstract: paper.abstract }),
    ...(conference && { "container-title": conference }),
    ...(paper.arxivId && { publisher: "arXiv", number: `arXiv:${paper.arxivId}` }),
  };
}

function nameOf(name: string): Record<string, string> {
  const space = name.lastIndexOf(" ");
  return space < 0 ? { literal: name } : { given: name.slice(0, space), family: name.slice(space + 1) };
}
