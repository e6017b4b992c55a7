import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImportSource } from "../../src/import/import-source.js";

type Json = Record<string, unknown>;

/** An item in the shape of Hugging Face's daily papers: the least that is taken, and what a test adds to it. */
export function item(paper: Json = {}, beside: Json = {}): Json {
  return {
    paper: { id: "2501.00001", title: "A Paper", publishedAt: "2025-01-02T03:04:05.000Z", ...paper },
    ...beside,
  };
}

/** @param lines items, or lines as they are to stand in the file. */
export function jsonLines(lines: readonly (Json | string)[]): string {
  return lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
}

/** A source that gives its bytes in pieces of `pieceSize`. */
export function sourceOf(lines: readonly (Json | string)[] | Uint8Array, pieceSize = 65_536): ImportSource {
  const bytes = lines instanceof Uint8Array ? lines : Buffer.from(jsonLines(lines as (Json | string)[]));
  return {
    name: "items",
    size: bytes.length,
    *open() {
      for (let start = 0; start < bytes.length; start += pieceSize)
        yield bytes.subarray(start, start + pieceSize);
    },
  };
}

/** Items that name the same few tags, organisations, authors and users over and over, and do so anew for each `edition`. */
export function manyItems(count: number, edition = 1): Json[] {
  return Array.from({ length: count }, (_, n) => {
    const pick = (among: number, prime: number) => (n * prime + edition * 7 + (n % 5)) % among;
    return item(
      {
        id: `2501.${String(10_000 + n)}`,
        title: `Paper ${n} about subject ${pick(300, 31)} for reader ${pick(50, 3)}`,
        summary:
          `An abstract about LLMs of type ${pick(1_000, 17)} and state-of-the-art number ${pick(77, 5)}.`.repeat(
            5,
          ),
        upvotes: pick(90, 13),
        ai_keywords: [
          `Keyword ${pick(200, 11)}`,
          `${n % 2 ? "graph" : "Graph"} Neural-Networks`,
          `topic-${pick(60, 7)}`,
        ],
        authors: [
          `Ada Writer ${pick(900, 3)}`,
          `Ben Öthers ${pick(400, 19)}`,
          `Ada Writer ${pick(900, 3)}`,
        ].map((name, place) => ({
          name,
          hidden: false,
          ...(place === 0 &&
            n % 9 === 0 && { user: { user: `reader-${pick(40, 3)}`, fullname: `Reader ${edition}` } }),
        })),
        submittedOnDailyAt: "2025-01-03T00:00:00.000Z",
        submittedOnDailyBy: {
          user: `Reader-${pick(40, 5)}`,
          fullname: `Reader ${pick(40, 5)}`,
          isPro: n % 2 === 0,
        },
        organization: { name: `Org-${pick(25, 3)}`, fullname: `Organisation ${pick(25, 3)}` },
      },
      { tags: [`cs.${pick(9, 5)}`, "graph neural networks"], numComments: pick(10, 3) },
    );
  });
}

/** Writes a file into a new folder under the system's temporary one. */
export async function temporaryFile(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "papergraph-import-")), name);
  await writeFile(path, content);
  return path;
}
