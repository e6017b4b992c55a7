import { citePaper, CitationFormat } from "../papers/citations/citation.js";
import type { ExportedPaper } from "./exported-paper.js";

/** @returns the writer of a file of citations in the format, each as `Paper.citation` has it, with an empty line after it. */
export function citationWriter(format: CitationFormat) {
  return async function* (batches: AsyncIterable<ExportedPaper[]>): AsyncGenerator<string> {
    for await (const batch of batches)
      for (let start = 0; start < batch.length; start += AT_A_TIME) {
        yield batch
          .slice(start, start + AT_A_TIME)
          .map((exported) => `${citePaper(exported, format)}\n\n`)
          .join("");
        await new Promise(setImmediate);
      }
  };
}

/** Citations that are made without a break, in a few milliseconds: others wait meanwhile. */
const AT_A_TIME = 50;
