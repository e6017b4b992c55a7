import { createReadStream } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";

/** Where the data are: PAPERGRAPH_DATA, else beside the checkout. */
const DATA = resolve(
  process.env.PAPERGRAPH_DATA || fileURLToPath(new URL("../../../shared/data", import.meta.url)),
);

/** The second file is in the order of a hash of the ids: its beginning is a fair sample. */
const FILES = ["hf-daily-papers.jsonl.gz", "papers-large.jsonl.gz"] as const;

/** Lines of both files. */
export const REAL_PAPERS = 174_523;

/** What the benchmarks use of a line in the shape of Hugging Face's daily papers. */
export interface PaperLine {
  paper: {
    id: string;
    title: string;
    summary?: string;
    authors?: { name: string }[];
    publishedAt: string;
    upvotes?: number;
    ai_keywords?: string[];
    githubRepo?: string;
    githubStars?: number;
  };
  numComments?: number;
  venue?: string;
  tags?: string[];
  organization?: OrganisationLine;
  organizations?: OrganisationLine[];
  citations?: number;
}

interface OrganisationLine {
  name: string;
  fullname?: string;
}

/** The real papers as lines of JSON, always in the same order. */
export async function* realLines(limit: number): AsyncGenerator<string> {
  let count = 0;
  for (const file of FILES) {
    for await (const line of linesOf(file)) {
      if (++count > limit) return;
      yield line;
    }
  }
}

/** Papers of conferences and arXiv, of all years: the first lines of the larger file. */
export async function samplePapers(count: number): Promise<PaperLine[]> {
  const papers: PaperLine[] = [];
  for await (const line of linesOf(FILES[1])) {
    if (papers.length === count) break;
    papers.push(JSON.parse(line) as PaperLine);
  }
  return papers;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(join(DATA, file));
  const text = bytes.pipe(createGunzip());
  // A pipe passes no failure on, and a missing file must not hang the loop.
  bytes.on("error", (error) => text.destroy(error));
  try {
    yield* createInterface({ input: text, crlfDelay: Infinity });
  } finally {
    bytes.destroy();
  }
}
