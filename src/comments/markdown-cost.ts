/** Where a parser of Markdown may begin to look through the rest of the text for the end of something, and line breaks. */
const MARKS = /[[\]<>`*_~|@\n]|:\/\//g;

/** Characters × marks of a cheap text: a comment of 10,000 characters may have 500 marks. */
const MAX_STEPS = 5_000_000;

/** Brackets of a cheap text: behind each one all the others are looked at. */
const MAX_BRACKETS = 200;

/** Cells of a cheap text's tables, whose rows are all filled up to the widest one. */
const MAX_CELLS = 5_000;

/**
 * @returns whether Markdown is rendered within some milliseconds whatever stands in it, as is true of nearly all comments.
 * It reads the text a few times and no more.
 */
export function isCheapMarkdown(text: string): boolean {
  return (
    count(text, MARKS) * text.length <= MAX_STEPS &&
    count(text, /[[\]]/g) <= MAX_BRACKETS &&
    cellsOf(text) <= MAX_CELLS
  );
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function cellsOf(text: string): number {
  if (!text.includes("|")) return 0;
  const lines = text.split("\n");
  const widest = lines.reduce((most, line) => Math.max(most, count(line, /\|/g) + 1), 0);
  return lines.length * widest;
}
