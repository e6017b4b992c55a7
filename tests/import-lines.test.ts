import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf, MAX_LINE, type Line } from "../src/import/parse/lines.js";

async function linesIn(...chunks: (string | Uint8Array)[]): Promise<Line[]> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks)
      yield await Promise.resolve(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }
  const lines: Line[] = [];
  for await (const line of linesOf(bytes())) lines.push(line);
  return lines;
}

describe("lines of a file", () => {
  it("are the same however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\n\r]/g, " "))),
        fc.integer({ min: 1, max: 7 }),
        async (texts, size) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
            bytes.subarray(n * size, (n + 1) * size),
          );
          const expected = texts
            .map((text, index) => ({
              number: index + 1,
              text: index === 0 ? text.replace(/^\ufeff/, "") : text,
            }))
            .filter(({ text }) => text.trim());
          expect(await linesIn(...pieces)).toEqual(expected);
        },
      ),
    );
  });

  it("may end with CRLF, or at the end of the file; blank ones count but are left out", async () => {
    const lines = await linesIn("\ufeff{}\r\n\r\n  \n[1]\n", '"last"');
    expect(lines.map(({ number, text }) => [number, text?.trim()])).toEqual([
      [1, "{}"],
      [4, "[1]"],
      [5, '"last"'],
    ]);
  });

  it("that are too long are told as such, and the next one is whole", async () => {
    const chunk = Buffer.alloc(MAX_LINE / 4, "x");
    const lines = await linesIn(
      "first\n",
      chunk,
      chunk,
      chunk,
      chunk,
      "x\nnext\n",
      chunk,
      chunk,
      chunk,
      chunk,
    );
    expect(lines.map(({ number, text }) => [number, text?.length])).toEqual([
      [1, 5],
      [2, undefined],
      [3, 4],
      [4, MAX_LINE],
    ]);
  });
});
