import { citePaper, CitationFormat } from "../papers/citations/citation.js";
import type { ExportedPaper } from "./exported-paper.js";
import { inSlices, type Pause } from "./pause.js";

/** @returns the writer of a file of citations in the format, each as `Paper.citation` has it, with an empty line after it. */
export function citationWriter(format: CitationFormat) {
  return async function* (batches: AsyncIterable<ExportedPaper[]>, pause: Pause): AsyncGenerator<string> {
    for await (const papers of inSlices(batches, pause))
      yield papers.map((exported) => `${citePaper(exported, format)}\n\n`).join("");
  };
}
