/** Longer lines are passed over without being held: the longest known has 130 kB. */
export const MAX_LINE = 16 * 1024 * 1024;

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\ufeff";

export interface Line {
  /** From 1. */
  number: number;
  /** null for a line longer than MAX_LINE. */
  text: string | null;
}

/** Parts bytes into lines. Lines of white space alone are left out, but counted. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 0;
  let held: Uint8Array[] = [];
  let size = 0;
  const hold = (part: Uint8Array): void => {
    size += part.length;
    if (size <= MAX_LINE) held.push(part);
    else held = [];
  };
  const end = (): Line => {
    const text = size > MAX_LINE ? null : Buffer.concat(held).toString();
    held = [];
    size = 0;
    number++;
    return { number, text: number === 1 && text?.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let newline; (newline = chunk.indexOf(NEWLINE, start)) !== -1; start = newline + 1) {
      hold(chunk.subarray(start, newline));
      const line = end();
      if (line.text?.trim() !== "") yield line;
    }
    hold(chunk.subarray(start));
  }
  const last = end();
  if (last.text?.trim() !== "") yield last;
}
