import { citePaper, CitationFormat } from "../papers/citation.js";
import type { Author } from "../papers/author.js";
import type { ExportedPaper } from "./exported-paper.js";

/** BibTeX. The key of a single citation, "Liu2025Prorl", is not the only one of its kind here: the paper's id follows. */
export async function* writeBibtex(batches: AsyncIterable<ExportedPaper[]>): AsyncGenerator<string> {
  for await (const papers of slowly(batches))
    yield papers
      .map(
        (paper) =>
          cite(paper, CitationFormat.BIBTEX).replace(
            /^(@\w+\{[^,]*),/,
            (_, start: string) => `${start}:${paper.paper.externalId.replace(/[^\w.:/-]+/g, "-")},`,
          ) + "\n\n",
      )
      .join("");
}

/** RIS. */
export async function* writeRis(batches: AsyncIterable<ExportedPaper[]>): AsyncGenerator<string> {
  for await (const papers of slowly(batches))
    yield papers.map((paper) => `${cite(paper, CitationFormat.RIS)}\n\n`).join("");
}

function cite({ paper, authors }: ExportedPaper, format: CitationFormat): string {
  return citePaper(
    paper,
    authors.map((name) => ({ name }) as Author),
    format,
  );
}

/** Citations that are made without a break: they take half a millisecond each, and others wait meanwhile. */
const AT_A_TIME = 25;

async function* slowly(batches: AsyncIterable<ExportedPaper[]>): AsyncGenerator<ExportedPaper[]> {
  for await (const batch of batches)
    for (let start = 0; start < batch.length; start += AT_A_TIME) {
      yield batch.slice(start, start + AT_A_TIME);
      await new Promise(setImmediate);
    }
}
