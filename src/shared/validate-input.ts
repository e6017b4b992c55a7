import { badInput } from "./errors.js";

/** Code points of a search that are read: a pasted abstract and more. What stands behind them is cut off. */
export const MAX_SEARCH_LENGTH = 4_000;
/** How many suggestions or related things a caller gets who names no number. */
export const DEFAULT_FEW = 10;
/** Values in one list of an argument. */
export const MAX_LIST = 100;
/** Code points of a name, slug or id. */
const MAX_NAME_LENGTH = 300;

const INT_MAX = 2_147_483_647;

/**
 * The gate that every text of a caller passes before SQL sees it.
 * @returns the text in Unicode NFC.
 * @throws BAD_USER_INPUT for what PostgreSQL cannot hold, NUL characters and lone surrogates, and for more than `max`
 * code points.
 */
export function cleanText(text: string, argument: string, max = MAX_NAME_LENGTH): string {
  refuseNul(text, argument);
  if (!text.isWellFormed())
    throw badInput(argument, "takes well-formed Unicode: there is half a character in it.");
  // A code point is at most two UTF-16 units, so this cheap test bounds the work of the exact one.
  if (text.length > max * 2 || codePoints(text) > max)
    throw badInput(argument, `takes at most ${max} characters.`);
  return text.normalize("NFC");
}

/**
 * The gate for what people type into a search box, which is never an error: it is mended and cut instead.
 * @throws BAD_USER_INPUT for a NUL character, which nobody types.
 */
export function cleanSearch(text: string, argument: string): { text: string; cut: boolean } {
  refuseNul(text, argument);
  // Cut twice: coarsely, so that the exact cut has little to do, whatever was sent.
  const mended = text
    .slice(0, MAX_SEARCH_LENGTH * 4)
    .toWellFormed()
    .normalize("NFC");
  const kept = mended.match(new RegExp(`^[\\s\\S]{0,${MAX_SEARCH_LENGTH}}`, "u"))?.[0] ?? "";
  return { text: kept, cut: kept.length < mended.length || text.length > MAX_SEARCH_LENGTH * 4 };
}

function refuseNul(text: string, argument: string): void {
  if (text.includes("\0")) throw badInput(argument, "takes a text without NUL characters.");
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
