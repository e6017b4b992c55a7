import { domainToASCII } from "node:url";
import validator from "validator";
import { badInput } from "../../shared/errors.js";
import { cleanText } from "../../shared/validate-input.js";

/** RFC 5321 has 256 for a path, two of which are its brackets. */
const MAX_LENGTH = 254;

/**
 * @returns the address in the one spelling under which it is kept: lower case, the domain in ASCII. Before the @ case
 * may matter by the letter of the law; no mail server of today makes two people of it.
 * @throws BAD_USER_INPUT that never repeats the address.
 */
export function cleanAddress(text: string, argument: string): string {
  const trimmed = cleanText(text.trim(), argument, MAX_LENGTH);
  const at = trimmed.lastIndexOf("@");
  const address = `${trimmed.slice(0, at)}@${domainToASCII(trimmed.slice(at + 1))}`.toLowerCase();
  // Quoted names before the @ may hold line breaks and brackets; nobody is called so.
  if (at < 1 || !validator.isEmail(address, { blacklisted_chars: '"' }))
    throw badInput(
      argument,
      `takes one e-mail address of at most ${MAX_LENGTH} characters, such as ada@example.org.`,
    );
  return address;
}
