import { LRUCache } from "lru-cache";
import { boundQuery } from "../bounds/bound-query.js";
import { group, queryText, signed, type Field, type QueryNode, type YearNode } from "./query-ast.js";
import { tokenise, type FieldName, type TermToken, type Token } from "./query-tokens.js";

/*
 * The language of the search box. Every text is a query: what cannot be read is taken as plain words, and a warning
 * says so. (EBNF; white space may stand between any two parts, except behind a sign and in front of "*".)
 *
 *   query    = { clause } ;                                  all clauses must hold; "AND" between them changes nothing
 *   clause   = operand , { ( "OR" | "|" ) , operand } ;      OR joins its two neighbours: `a b OR c` is a and (b or c)
 *   operand  = [ sign ] , ( [ field ] , "(" , query , ")" | [ field ] , term | "year:" , years ) ;
 *   sign     = "-" | "+" ;                                   right in front: excluded, required
 *   field    = ( "title" | "abstract" | "author" | "org" | "tag" ) , ":" ;      any case; the field of a group is its terms'
 *   term     = ( word | '"' , { character - '"' } , '"' ) , [ "*" ] ;           "*": the rest of the last word is open
 *   word     = { character - ( white space | '"' | "(" | ")" | "|" | "*" | ":" ) } ;
 *   years    = year | [ year ] , ".." , [ year ] ;           inclusive
 *   year     = digit , digit , digit , digit ;
 *
 * A text of more than PROSE characters without OR and fields was pasted and has no operators.
 */

/** Deeper brackets are dropped, so that no query can be nested deeper than what walks it can go. */
const MAX_DEPTH = 12;
/** More would bury the ones that matter. */
const MAX_WARNINGS = 8;

/**
 * Characters (UTF-16 units) from which on a text without OR and fields was surely pasted: a paragraph's brackets, quotes and
 * colons mean nothing.
 */
const PROSE = 256;
const FIELDED = /(?:^|[\s(+-])(?:title|abstract|authors?|org|organi[sz]ations?|tags?|years?):\S/iu;
const PROSE_SIGNS = /["“”„«»()|*:+]|(?<=^|\s)-+|\bAND\b/gu;

export interface ParsedQuery {
  /** null: there is nothing in the text that could be looked for. */
  root: QueryNode | null;
  warnings: readonly string[];
  /** The query in its own language. */
  interpretedAs: string;
}

/** What a request costs is asked before the search is compiled, and aliases repeat searches. By characters of the text. */
const parsed = new LRUCache<string, ParsedQuery>({
  max: 1_000,
  maxSize: 200_000,
  sizeCalculation: (_, text) => text.length + 1,
});

/** Reads what was typed, within the bounds of bound-query.ts; never throws, in linear time. */
export function parseQuery(text: string): ParsedQuery {
  const known = parsed.get(text) ?? parse(text);
  parsed.set(text, known);
  return known;
}

function parse(text: string): ParsedQuery {
  const warnings = new Set<string>();
  const warn = (warning: string): void => {
    if (warnings.size < MAX_WARNINGS) warnings.add(warning);
  };
  const read = text.length > PROSE && !hasOperators(text) ? asProse(text, warn) : text;
  const reader: Reader = { tokens: withPairedBrackets(tokenise(read, warn), warn), at: 0, warn };
  const root = boundQuery(readQuery(reader, "any"), warn);
  return { root, warnings: [...warnings], interpretedAs: queryText(root) };
}

function hasOperators(text: string): boolean {
  return /(?:^|[\s)])OR(?=[\s(]|$)|\|/u.test(text) || FIELDED.test(text);
}

function asProse(text: string, warn: (warning: string) => void): string {
  const words = text.replace(PROSE_SIGNS, (sign) => (/[A-Z]/.test(sign) ? sign.toLowerCase() : " "));
  if (words !== text) warn("A text this long is taken as plain words, whatever signs are in it.");
  return words;
}

interface Reader {
  tokens: readonly Token[];
  at: number;
  warn: (warning: string) => void;
}

/** @returns the tokens with every bracket closed and none deeper than the bound. */
function withPairedBrackets(tokens: readonly Token[], warn: (warning: string) => void): Token[] {
  const kept: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "open") depth++;
    if (token.kind === "close" && depth === 0) warn("A bracket without its partner was ignored.");
    else if (!isBracket(token) || depth <= MAX_DEPTH) kept.push(token);
    else if (token.kind === "open") warn(`Brackets within more than ${MAX_DEPTH} others were ignored.`);
    if (token.kind === "close" && depth > 0) depth--;
  }
  if (depth > 0) warn("A bracket without its partner was closed at the end.");
  for (let open = Math.min(depth, MAX_DEPTH); open > 0; open--) kept.push({ kind: "close" });
  return kept;
}

function isBracket(token: Token): boolean {
  return token.kind === "open" || token.kind === "close";
}

/** Up to the end, or to the closing bracket that it steps over. */
function readQuery(reader: Reader, field: Field): QueryNode | null {
  const clauses: QueryNode[] = [];
  for (let token = next(reader); token && token.kind !== "close"; token = next(reader)) {
    reader.at--;
    clauses.push(...readClause(reader, field));
  }
  return group("and", clauses);
}

function readClause(reader: Reader, field: Field): QueryNode[] {
  const operands: QueryNode[] = [];
  const first = readOperand(reader, field);
  if (first) operands.push(first);
  while (reader.tokens[reader.at]?.kind === "or") {
    const or = reader.at++;
    const operand =
      operands.length && startsOperand(reader.tokens[reader.at]) ? readOperand(reader, field) : null;
    if (operand) operands.push(operand);
    else return [...asList(group("or", operands)), ...loneOr(reader, or, field)];
  }
  return asList(group("or", operands));
}

function loneOr(reader: Reader, at: number, field: Field): QueryNode[] {
  const token = reader.tokens[at];
  reader.warn(
    "OR joins what stands on both sides of it; where a side was missing, it was read as a plain word.",
  );
  return token?.kind === "or" && token.word ? [{ kind: "word", field, text: "or", prefix: false }] : [];
}

function startsOperand(token: Token | undefined): boolean {
  return token !== undefined && ["term", "open", "sign", "field"].includes(token.kind);
}

function readOperand(reader: Reader, field: Field): QueryNode | null {
  const token = reader.tokens[reader.at];
  // An OR is the clause's to read; a clause that begins with one steps over it there.
  if (!token || token.kind === "or" || token.kind === "close") return null;
  reader.at++;
  switch (token.kind) {
    case "term":
      return termNode(token, field);
    case "open":
      return readQuery(reader, field);
    case "field":
      return readField(reader, token, field);
    case "sign":
      return readSigned(reader, token.negative, field);
    case "and":
    case "nothing":
      return null;
  }
}

function readSigned(reader: Reader, negative: boolean, field: Field): QueryNode | null {
  const token = reader.tokens[reader.at];
  const operand = token?.kind !== "sign" && startsOperand(token) ? readOperand(reader, field) : null;
  if (operand) return signed(negative ? "not" : "required", operand);
  reader.warn(`A lone “${negative ? "-" : "+"}” was ignored; it works right in front of a word.`);
  return null;
}

function readField(
  reader: Reader,
  { name, typed }: { name: FieldName; typed: string },
  outer: Field,
): QueryNode | null {
  const value = reader.tokens[reader.at];
  if (value?.kind === "open" && name !== "year") {
    reader.at++;
    return readQuery(reader, name);
  }
  const plain: QueryNode = { kind: "word", field: outer, text: typed, prefix: false };
  if (value?.kind !== "term") {
    reader.warn(`“${typed}:” has no value, so it was read as a plain word.`);
    return plain;
  }
  reader.at++;
  if (name !== "year") return termNode(value, name);
  const years = readYears(value.raw);
  if (years) return years;
  reader.warn(
    "“year:” takes a year or a range of years: 2024, 2023..2025, 2023.. or ..2025; here it was read as plain words.",
  );
  return group("and", [plain, termNode(value, outer)]);
}

function termNode({ form, text, prefix }: TermToken, field: Field): QueryNode {
  return { kind: form, field, text, prefix };
}

const YEARS = /^([1-9]\d{3})?(\.{2,3}|-|–)?([1-9]\d{3})?$/u;

function readYears(text: string): YearNode | null {
  const [, first, range, last] = YEARS.exec(text) ?? [];
  if (!first && !last) return null;
  if (!range) return first && !last ? { kind: "year", from: Number(first), to: Number(first) } : null;
  const from = first ? Number(first) : null;
  const to = last ? Number(last) : null;
  return from !== null && to !== null && from > to
    ? { kind: "year", from: to, to: from }
    : { kind: "year", from, to };
}

function next(reader: Reader): Token | undefined {
  return reader.tokens[reader.at++];
}

function asList(node: QueryNode | null): QueryNode[] {
  return node ? [node] : [];
}
