import type { Field } from "./query-ast.js";

export interface TermToken {
  kind: "term";
  form: "word" | "phrase";
  text: string;
  /** As typed, with the punctuation at its ends: `2023..`. */
  raw: string;
  prefix: boolean;
}

export type Token =
  | TermToken
  | { kind: "open" | "close" | "and" }
  /** What looked like a term and holds nothing: "", a comma. A sign or field in front of it has no operand. */
  | { kind: "nothing" }
  | { kind: "or"; word: boolean }
  | { kind: "sign"; negative: boolean }
  | { kind: "field"; name: FieldName; typed: string };

export type FieldName = Exclude<Field, "any"> | "year";

const FIELDS = new Map<string, FieldName>([
  ["title", "title"],
  ["abstract", "abstract"],
  ["author", "author"],
  ["authors", "author"],
  ["org", "org"],
  ["organisation", "org"],
  ["organization", "org"],
  ["tag", "tag"],
  ["tags", "tag"],
  ["year", "year"],
]);

const QUOTES = /[“”„‟«»〝〞〟]/gu;
const MINUSES = /[−‐‑]/gu;
/**
 * Read as white space: control and bidirectional characters, halves of surrogate pairs, brackets that mean nothing
 * here (Postgres would take `<b>` for markup and skip it), and commas except in numbers.
 */
const SPACES =
  /[\p{Cc}\p{Cs}\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF<>[\]{}\\]|[,;](?!\d)|(?<!\d)[,;]/gu;

/**
 * UTF-16 units of a text that are parsed. Callers cut what was typed to fewer, but NFKC makes up to 18 letters of one
 * (U+FDFA).
 */
const MAX_LENGTH = 8_000;

/** @returns the text in the one spelling that is parsed: NFKC, plain quotes and minus signs. Twice is once. */
function plainText(text: string, warn: (warning: string) => void): string {
  // A soft hyphen is only a place to break the line. It goes first, as what it parted may have to be composed.
  const normal = text.replaceAll("\u00AD", "").normalize("NFKC");
  if (normal.length > MAX_LENGTH) warn(`Only the first ${MAX_LENGTH} letters were read.`);
  return normal.slice(0, MAX_LENGTH).replace(QUOTES, '"').replace(MINUSES, "-").replace(SPACES, " ");
}

const RUN = {
  space: /\s+/uy,
  sign: /[-+]+/uy,
  stars: /\*+/uy,
  word: /[^\s"()|*:]+/uy,
};
const WORD_FOLLOWS = /[^\s"()|*:]/uy;

interface Scan {
  text: string;
  at: number;
  tokens: Token[];
  /** Whether a sign may stand here: not within a word and not behind a colon. */
  atStart: boolean;
  warn: (warning: string) => void;
}

/** Splits what was typed, once from left to right; nothing is refused. */
export function tokenise(text: string, warn: (warning: string) => void): Token[] {
  const scan: Scan = { text: plainText(text, warn), at: 0, tokens: [], atStart: true, warn };
  while (scan.at < scan.text.length) readToken(scan);
  return scan.tokens;
}

function readToken(scan: Scan): void {
  switch (scan.text[scan.at]) {
    case '"':
      readPhrase(scan);
      return;
    case "(":
      push(scan, { kind: "open" });
      return;
    case ")":
      push(scan, { kind: "close" });
      return;
    case "|":
      take(scan, /\|+/uy);
      scan.tokens.push({ kind: "or", word: false });
      scan.atStart = true;
      return;
    case ":":
      scan.at++;
      scan.atStart = false;
      return;
    case "*":
      readStars(scan);
      return;
    default:
      readRun(scan);
  }
}

function readRun(scan: Scan): void {
  if (take(scan, RUN.space)) {
    scan.atStart = true;
    return;
  }
  const sign = scan.atStart ? take(scan, RUN.sign) : "";
  if (!sign) {
    readWord(scan);
    return;
  }
  scan.tokens.push({ kind: "sign", negative: sign.includes("-") });
  if (!/[^\s)|]/u.test(scan.text[scan.at] ?? " ")) scan.tokens.push({ kind: "nothing" });
}

function readWord(scan: Scan): void {
  const raw = take(scan, RUN.word);
  const field = scan.text[scan.at] === ":" ? FIELDS.get(raw.toLowerCase()) : undefined;
  if (field) {
    scan.at++;
    scan.atStart = false;
    scan.tokens.push({ kind: "field", name: field, typed: raw });
    return;
  }
  if (raw === "OR") scan.tokens.push({ kind: "or", word: true });
  else if (raw === "AND") scan.tokens.push({ kind: "and" });
  else {
    pushTerm(scan, "word", raw);
    warnOfUnknownField(scan, raw);
  }
  scan.atStart = false;
}

function warnOfUnknownField(scan: Scan, raw: string): void {
  if (scan.text[scan.at] !== ":" || !/^[a-z]+$/iu.test(raw)) return;
  // Neither `https://…` nor the colon of a title, which a space follows.
  if (!/[^\s/)|*:]/u.test(scan.text[scan.at + 1] ?? " ")) return;
  scan.warn(
    `There is no field “${raw.slice(0, 40)}:”, so it was read as a word; the fields are title, abstract, author, org, tag and year.`,
  );
}

function readPhrase(scan: Scan): void {
  const start = scan.at + 1;
  const end = scan.text.indexOf('"', start);
  scan.atStart = true;
  if (end < 0) {
    scan.at = start;
    scan.warn("A quotation mark without its partner was ignored.");
    return;
  }
  scan.at = end + 1;
  const inner = scan.text.slice(start, end);
  const text = inner.replace(/[\s*]+/gu, " ").trim();
  scan.tokens.push(
    text
      ? { kind: "term", form: "phrase", text, raw: text, prefix: inner.trimEnd().endsWith("*") }
      : { kind: "nothing" },
  );
  if (!text) scan.warn("Quotation marks with nothing between them were ignored.");
}

/** `*` makes the term right before it a prefix. */
function readStars(scan: Scan): void {
  const last = scan.tokens.at(-1);
  const glued = last?.kind === "term" && /[^\s:]/u.test(scan.text[scan.at - 1] ?? " ");
  take(scan, RUN.stars);
  WORD_FOLLOWS.lastIndex = scan.at;
  if (glued && !WORD_FOLLOWS.test(scan.text)) {
    last.prefix = true;
    return;
  }
  scan.warn("“*” stands for the rest of a word and only works at the end of one; elsewhere it was ignored.");
  if (!glued) scan.tokens.push({ kind: "nothing" });
  scan.atStart = false;
}

function pushTerm(scan: Scan, form: TermToken["form"], raw: string): void {
  const trimmed = withoutPunctuation(raw);
  // What is left of `OR.` must not become an operator when it is read again.
  const text = trimmed === "OR" || trimmed === "AND" ? trimmed.toLowerCase() : trimmed;
  scan.tokens.push(text ? { kind: "term", form, text, raw, prefix: false } : { kind: "nothing" });
}

function push(scan: Scan, token: Token): void {
  scan.tokens.push(token);
  scan.at++;
  scan.atStart = true;
}

/** @returns what the sticky pattern matches here, stepping over it; "" for no match. */
function take(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? "";
  scan.at += found.length;
  return found;
}

const PUNCTUATION = /[\p{P}+]/u;
const CLOSING_PUNCTUATION = /\p{P}/u;

/** `C++` keeps its end, which a leading `+` would not. Loops instead of one pattern: those take quadratic time. */
function withoutPunctuation(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && PUNCTUATION.test(word.charAt(start))) start++;
  while (end > start && CLOSING_PUNCTUATION.test(word.charAt(end - 1))) end--;
  return word.slice(start, end);
}
