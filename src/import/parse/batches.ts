import { Rejection } from "./fields.js";
import { bytesOf, type ImportSource } from "../import-source.js";
import { linesOf, MAX_LINE, type Line } from "./lines.js";
import { hashOf, overlaid, type PaperRecord } from "./imported-paper.js";
import { readPaper } from "./read-paper.js";

/** A paper of a batch. */
export interface BatchPaper {
  record: PaperRecord;
  hash: bigint;
  /** Where the last line about it stands. */
  file: string;
  line: number;
  /** Further lines about it in the same batch: those that say the same as all before them, and those that do not. */
  repeats: { same: number; other: number };
}

export interface Batch {
  /** Each paper once. */
  papers: BatchPaper[];
  /** Bytes of the sources that were read up to here. */
  bytes: number;
}

export type Reject = (file: string, line: number, reason: string) => void;

/** Large enough that the fixed cost of a merge is nothing, small enough that no lock is held for long. */
const BATCH_SIZE = 5_000;

/** Characters, for batches of very long lines. */
const BATCH_LENGTH = 32 * 1024 * 1024;

/** Reads papers from sources, one after the other, in batches that do not depend on what is stored already. */
export async function* batchesOf(
  sources: readonly ImportSource[],
  { signal, reject, batchSize = BATCH_SIZE }: { signal: AbortSignal; reject: Reject; batchSize?: number },
): AsyncGenerator<Batch> {
  let bytes = 0;
  let length = 0;
  let papers = new Map<string, BatchPaper>();
  for (const source of sources) {
    for await (const line of linesOf(bytesOf(source, signal, (count) => (bytes += count)))) {
      const record = readLine(line, (reason) => {
        reject(source.name, line.number, reason);
      });
      if (!record) continue;
      add(papers, {
        record,
        hash: hashOf(record),
        file: source.name,
        line: line.number,
        repeats: { same: 0, other: 0 },
      });
      length += line.text?.length ?? 0;
      if (papers.size < batchSize && length < BATCH_LENGTH) continue;
      yield { papers: [...papers.values()], bytes };
      papers = new Map();
      length = 0;
    }
  }
  if (papers.size) yield { papers: [...papers.values()], bytes };
}

function readLine({ text }: Line, reject: (reason: string) => void): PaperRecord | null {
  try {
    if (text === null) throw new Rejection(`longer than ${MAX_LINE} bytes`);
    return readPaper(text);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    reject(error.message);
    return null;
  }
}

/** A later line about the same paper goes over the earlier one, as it would from a later batch. */
function add(papers: Map<string, BatchPaper>, paper: BatchPaper): void {
  const { externalId } = paper.record;
  const earlier = papers.get(externalId);
  if (!earlier) {
    papers.set(externalId, paper);
    return;
  }
  const record = overlaid(earlier.record, paper.record);
  const hash = hashOf(record);
  const { same, other } = earlier.repeats;
  const repeats = hash === earlier.hash ? { same: same + 1, other } : { same, other: other + 1 };
  papers.set(externalId, { ...paper, record, hash, repeats });
}

/** Takes the next item out of `items` while the one before it is worked on, and no further ones. */
export async function* oneAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let next = items.next(); ;) {
    const item = await next;
    if (item.done) return;
    next = items.next();
    // Whoever takes the item next meets its failure; until then nobody waits for it.
    next.catch(() => undefined);
    yield item.value;
  }
}
