import { createHash, randomInt } from "node:crypto";

/** How a secret begins, so that people and secret scanners know it when they see it. */
const PREFIX = "papergraph_";
/** Letters and digits alone: a double click selects all of it, and nothing has to be escaped anywhere. */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 62^43 is a little more than 2^256. */
const RANDOM_LENGTH = 43;
/** 62^6 is more than 2^32. */
const CHECKSUM_LENGTH = 6;
/** For secret scanners. */
const SECRET = /^papergraph_[0-9A-Za-z]{49}$/;

/** @returns a new secret: the prefix, 256 random bits, a checksum of both. */
export function newSecret(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return PREFIX + random + checksum(PREFIX + random);
}

/** Whether a token says that it is one of ours, rather than an identity provider's. */
export function isOwn(token: string): boolean {
  return token.startsWith(PREFIX);
}

/**
 * Tells a mistyped or cut secret, and any other program's, from one of ours without asking the database; says nothing
 * about whether it was ever given out.
 */
export function looksLikeSecret(text: string): boolean {
  return SECRET.test(text) && text.endsWith(checksum(text.slice(0, -CHECKSUM_LENGTH)));
}

/** What is stored in a secret's place. It needs no salt and no slow hash: nobody guesses 256 random bits. */
export function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** The first 32 bits of the text's SHA-256 in base 62. */
function checksum(text: string): string {
  let rest = hashOf(text).readUInt32BE();
  let digits = "";
  while (digits.length < CHECKSUM_LENGTH) {
    digits = (ALPHABET[rest % ALPHABET.length] ?? "") + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
