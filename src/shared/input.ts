import { badInput } from "../errors.js";

/** Code points of a search box's text: far above what people type, far below what strains Postgres. */
export const MAX_SEARCH_LENGTH = 256;
/** Values in one list of an argument. */
export const MAX_LIST = 100;
/** Code points of a name, slug or id. */
const MAX_NAME_LENGTH = 300;

const INT_MAX = 2_147_483_647;

/**
 * The gate that every text of a caller passes before SQL sees it.
 * @returns the text in Unicode NFC, lone surrogates replaced by U+FFFD.
 * @throws BAD_USER_INPUT for a NUL character, which PostgreSQL cannot hold, or more than `max` code points.
 */
export function cleanText(text: string, argument: string, max = MAX_NAME_LENGTH): string {
  if (text.includes("\0")) throw badInput(argument, "takes a text without NUL characters.");
  // A code point is at most two UTF-16 units, so this cheap test bounds the work of the exact one.
  if (text.length > max * 2 || codePoints(text) > max)
    throw badInput(argument, `takes at most ${max} characters.`);
  return text.toWellFormed().normalize("NFC");
}

/** @throws BAD_USER_INPUT when the list is longer than MAX_LIST or a text in it does not pass `cleanText`. */
export function cleanList(texts: readonly string[], argument: string): string[] {
  if (texts.length > MAX_LIST) throw badInput(argument, `takes at most ${MAX_LIST} values.`);
  return texts.map((text, index) => cleanText(text, `${argument}[${index}]`));
}

/** @returns the number. @throws BAD_USER_INPUT unless it is a whole number from `min` to `max`. */
export function wholeNumber(value: number, argument: string, min: number, max = INT_MAX): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw badInput(argument, `takes a whole number from ${min} to ${max}.`);
  return value;
}

function codePoints(text: string): number {
  // The u flag makes of a surrogate pair one match.
  return text.match(/[\s\S]/gu)?.length ?? 0;
}
