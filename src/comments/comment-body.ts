import { badInput } from "../shared/errors.js";
import { cleanText } from "../shared/validate-input.js";

/** Code points. Comments that are longer are from before this limit; they stay as they are. */
export const MAX_BODY = 10_000;

/** Anything that leaves ink, or may: neither white space nor control or format characters. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/** @returns the text as it is stored. @throws BAD_USER_INPUT naming the argument. */
export function cleanBody(body: string, argument: string): string {
  const clean = cleanText(body, argument, MAX_BODY);
  if (!VISIBLE.test(clean))
    throw badInput(argument, `takes 1 to ${MAX_BODY} characters, not only white space.`);
  return clean;
}
