/**
 * What Markdown takes for markup wherever it stands: escapes of punctuation, code, emphasis, links, HTML, entities, cells.
 * An underscore between letters is none.
 */
const MARKUP = /\\(?=[!-/:-@[-`{-~]|$)|[`*[<~|]|&(?=#?\w+;)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/gm;

/** What at the start of a line makes it a heading, quotation, list, rule or code. */
const LINE_START = /^(?:[#>+=-]|\d+(?=[.)]))/gm;

/** White space other than line breaks, and control characters, which are not seen. */
const BLANKS = /[^\S\n]+|[^\P{Cc}\n]+/gu;

/** @returns Markdown that shows the text as it is, as one line that stands behind other text. */
export function markdownLine(text: string): string {
  return markdownText(text.replace(/\s+/g, " "));
}

/** @returns a first-level heading that shows the text. */
export function markdownHeading(text: string): string {
  // Number signs at the end would be taken for the heading's own.
  return `# ${markdownLine(text).replace(/(?<!\\)#+$/, "\\$&")}`;
}

/** @returns Markdown that shows the text as it is, with its lines and paragraphs, and that stands for itself. */
export function markdownText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(BLANKS, " ")
    .replace(/^ +| +$/gm, "")
    .trim()
    .replace(MARKUP, "\\$&")
    .replace(LINE_START, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`));
}

/** @returns the address as a link, with what would end it written in percent signs. */
export function markdownLink(address: string): string {
  return `<${address.toWellFormed().replace(/[\s<>\\\p{Cc}]/gu, encodeURIComponent)}>`;
}
