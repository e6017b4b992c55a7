import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Judgements } from "./metrics.js";

/** A test collection in BEIR's layout, without its documents. */
export interface Collection {
  name: string;
  folder: string;
  /** The queries that have judgements. */
  queries: JudgedQuery[];
}

export interface JudgedQuery {
  id: string;
  text: string;
  judgements: Judgements;
}

interface Entry {
  _id: string;
  title?: string | null;
  text?: string | null;
}

/** Papers need a date; all have the same, so that it cannot order them. */
const PUBLISHED_AT = "2020-01-01T00:00:00.000Z";

/** Words of the text that stand in for a missing title. */
const TITLE_WORDS = 8;

/** @param qrels which file of judgements: the `test` of qrels/test.tsv. */
export async function readCollection(path: string, qrels: string): Promise<Collection> {
  const folder = resolve(path);
  const judgements = await readJudgements(join(folder, "qrels", `${qrels}.tsv`));
  const queries: JudgedQuery[] = [];
  for await (const { _id, text } of entries(join(folder, "queries.jsonl"))) {
    const judged = judgements.get(_id);
    if (judged && text) queries.push({ id: _id, text, judgements: judged });
  }
  return { name: basename(folder), folder, queries };
}

/**
 * The documents as lines for the importer.
 * @param ids is filled: the paper's id, and the document's.
 */
export async function* paperLines(collection: Collection, ids: Map<string, string>): AsyncGenerator<Buffer> {
  for await (const document of entries(join(collection.folder, "corpus.jsonl"))) {
    const plain = /^[\w.-]+$/.test(document._id) ? document._id : `row${ids.size + 1}`;
    const id = `${collection.name}-${plain}`;
    ids.set(id, document._id);
    const summary = document.text?.trim();
    const title = document.title?.trim() || summary?.split(/\s+/).slice(0, TITLE_WORDS).join(" ");
    yield Buffer.from(
      `${JSON.stringify({
        paper: { id, title: title || "Untitled", ...(summary && { summary }), publishedAt: PUBLISHED_AT },
      })}\n`,
    );
  }
}

/** @returns the text, cut at the last word that fits. */
export function cutAtWord(text: string, max: number): string {
  const points = Array.from(text);
  if (points.length <= max) return text;
  const cut = points.slice(0, max + 1).join("");
  const end = cut.search(/\s\S*$/);
  return end > 0 ? cut.slice(0, end) : points.slice(0, max).join("");
}

async function* entries(path: string): AsyncGenerator<Entry> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line.trim()) yield JSON.parse(line) as Entry;
  }
}

async function readJudgements(path: string): Promise<Map<string, Map<string, number>>> {
  const [, ...lines] = (await readFile(path, "utf8")).split(/\r?\n/);
  const judgements = new Map<string, Map<string, number>>();
  for (const line of lines) {
    const [query, document, score] = line.split("\t");
    if (!query || !document) continue;
    const judged = judgements.get(query) ?? new Map<string, number>();
    judgements.set(query, judged.set(document, Number(score)));
  }
  return judgements;
}
