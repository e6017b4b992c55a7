import { addAbortSignal, Readable } from "node:stream";
import sql from "sql-template-tag";
import type { Context } from "../context/request-context.js";
import { CitationFormat } from "../papers/citations/citation.js";
import { paperConnection, type ListPlace, type PaperListArgs } from "../papers/list/paper-list.js";
import { PaperOrderField } from "../papers/list/paper.order.js";
import { OrderDirection } from "../shared/order-direction.js";
import type { ExportLimits } from "./export.store.js";
import type { ExportedPaper } from "./exported-paper.js";
import { pauseOf, type Pause } from "./pause.js";
import { citationWriter } from "./write-citations.js";
import { writeParquet } from "./write-parquet.js";
import { writeCsv, writeNdjson } from "./write-rows.js";

export const EXPORT_FORMATS = ["ndjson", "csv", "parquet", "bib", "ris"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

interface Format {
  type: string;
  write(batches: AsyncIterable<ExportedPaper[]>, pause: Pause): AsyncGenerator<string | Uint8Array>;
}

export const FORMATS: Record<ExportFormat, Format> = {
  ndjson: { type: "application/x-ndjson", write: writeNdjson },
  csv: { type: "text/csv; charset=utf-8; header=present", write: writeCsv },
  parquet: { type: "application/vnd.apache.parquet", write: writeParquet },
  bib: { type: "application/x-bibtex; charset=utf-8", write: citationWriter(CitationFormat.BIBTEX) },
  ris: {
    type: "application/x-research-info-systems; charset=utf-8",
    write: citationWriter(CitationFormat.RIS),
  },
};

const PLACE: ListPlace = { kind: "export" };

/** Without an order papers leave as they came in: their primary key is walked, nothing is sorted. */
const UNORDERED: ListPlace = {
  ...PLACE,
  defaultOrder: [{ field: PaperOrderField.PUBLISHED_AT, direction: OrderDirection.DESC }],
  keys: [{ expression: sql`p.id`, type: "integer", nullable: false, direction: "ASC" }],
};

/**
 * Exports all papers that the arguments name.
 * @returns the file as a stream; it is read from the database no faster than the stream is.
 * @throws BAD_USER_INPUT naming the argument, SERVICE_UNAVAILABLE, QUERY_TIMEOUT; later errors are the stream's.
 */
export async function exportPapers(
  context: Context,
  args: PaperListArgs,
  format: ExportFormat,
  limits: ExportLimits,
): Promise<Readable> {
  const { list } = await paperConnection(context, args, args.orderBy?.length ? PLACE : UNORDERED);
  const batches = context.exports.read(list, limits);
  // Whatever is wrong with the question itself, and that it has to wait, shows before the first byte goes out.
  const first = await batches.next();
  const chunks = FORMATS[format].write(continued(first, batches), pauseOf());
  const file = addAbortSignal(limits.signal, Readable.from(chunks, { objectMode: false }));
  // Of a stream that nobody began to read, none of the generators would learn that it has ended.
  file.once("close", () => {
    batches.return(undefined).catch(() => undefined);
  });
  return file;
}

async function* continued<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (!first.done) yield first.value;
  yield* rest;
}
