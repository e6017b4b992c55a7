import { registerEnumType } from "type-graphql";
import { bibtexOf } from "./bibtex.js";
import type { CitedPaper } from "./cited-paper.js";
import { cslOf } from "./csl.js";
import { risOf } from "./ris.js";

export enum CitationFormat {
  BIBTEX = "BIBTEX",
  RIS = "RIS",
  CSL_JSON = "CSL_JSON",
}

registerEnumType(CitationFormat, {
  name: "CitationFormat",
  description: "The format of a citation.",
  valuesConfig: {
    BIBTEX: { description: "BibTeX in UTF-8, for LaTeX." },
    RIS: { description: "RIS, for EndNote, Mendeley and Zotero." },
    CSL_JSON: { description: "CSL-JSON, for citation processors: a list with one item." },
  },
});

const WRITERS: Record<CitationFormat, (cited: CitedPaper) => string> = {
  [CitationFormat.BIBTEX]: bibtexOf,
  [CitationFormat.RIS]: risOf,
  [CitationFormat.CSL_JSON]: cslOf,
};

export function citePaper(cited: CitedPaper, format: CitationFormat): string {
  return WRITERS[format](cited);
}
