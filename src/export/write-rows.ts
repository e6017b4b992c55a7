import { stringify } from "csv-stringify/sync";
import { COLUMNS, type ExportedPaper } from "./exported-paper.js";
import { inSlices, type Pause } from "./pause.js";

/** One JSON object a line; what is not known is null. */
export async function* writeNdjson(
  batches: AsyncIterable<ExportedPaper[]>,
  pause: Pause,
): AsyncGenerator<string> {
  for await (const batch of inSlices(batches, pause))
    yield (
      batch
        .map((paper) => JSON.stringify(Object.fromEntries(COLUMNS.map(({ name, of }) => [name, of(paper)]))))
        .join("\n") + "\n"
    );
}

/** What readers of CSV, who have to guess types, take for a number, and cut the last zero of: 2505.24860. */
const NUMBER_LIKE = /^[\d.]+$/;

/**
 * RFC 4180 with a header. Lists are JSON in their cell, arXiv ids are as arXiv cites them: arXiv:2505.24860. Texts come from whoever wrote the papers, and spreadsheets run
 * what begins with = + - or @ as a formula: such texts get a ' in front. The other formats leave them as they are.
 */
export async function* writeCsv(
  batches: AsyncIterable<ExportedPaper[]>,
  pause: Pause,
): AsyncGenerator<string> {
  yield `${COLUMNS.map(({ name }) => name).join(",")}\r\n`;
  for await (const batch of inSlices(batches, pause))
    yield stringify(
      batch.map((paper) => COLUMNS.map(({ name, of }) => (name === "id" ? citedId(paper) : of(paper)))),
      {
        record_delimiter: "windows",
        escape_formulas: true,
        cast: { date: (date) => date.toISOString(), object: (list) => JSON.stringify(list) },
      },
    );
}

function citedId({ paper: { externalId } }: ExportedPaper): string {
  return NUMBER_LIKE.test(externalId) ? `arXiv:${externalId}` : externalId;
}
