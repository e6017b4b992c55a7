/** Characters that are repeated of what a caller sent: enough to know it again. */
const MAX_ECHO = 100;
/** Characters of a message. */
const MAX_MESSAGE = 600;

/** A text in quotes that is longer than may be repeated, up to its last quote. */
const LONG_QUOTE = new RegExp(`"((?:[^"\\\\]|\\\\.){${MAX_ECHO}})(?:[^"\\\\]|\\\\.)+"?`, "gsu");

/** Without quotes, or in single ones. */
const LONG_WORD = new RegExp(`([^\\s"]{${MAX_ECHO}})[^\\s"]+`, "gu");

/** @returns the message with no more of a caller's words than are needed to know them: a megabyte is not sent back. */
export function withShortEchoes(message: string): string {
  if (message.length <= MAX_ECHO) return message;
  const short = message
    .slice(0, MAX_MESSAGE * 2)
    .replace(LONG_QUOTE, '"$1…"')
    .replace(LONG_WORD, "$1…");
  return short.length <= MAX_MESSAGE ? short : `${short.slice(0, MAX_MESSAGE).toWellFormed()}…`;
}
