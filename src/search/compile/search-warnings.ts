import type { LexemeLookup } from "./lexemes.js";
import type { NamedIds } from "./resolve-names.js";
import { isNamed, queryText, type TermNode } from "../language/query-ast.js";
import { isPrefix } from "../language/query-terms.js";
import type { Meanings } from "./search-condition.js";

/** A word in a warning, and words in a list of them, at most. */
const MAX_LENGTH = 40;
const MAX_WORDS = 5;

/** @returns a sentence for each kind of term that means something else than it looks like. */
export function termWarnings(
  nodes: readonly TermNode[],
  lexemes: LexemeLookup,
  { units, named }: Meanings,
  stopWords: "skipped" | "names",
): string[] {
  const texts = nodes.filter((node) => !isNamed(node));
  const common = texts.filter(
    (node) => node.field !== "author" && !lexemes(node).stems.length && lexemes(node).names.length,
  );
  const stop = common.filter((node) =>
    stopWords === "names" ? node.field === "any" : !units.get(node)?.length,
  );
  const unreadable = texts.filter((node) => !lexemes(node).names.length);
  const short = texts.filter(
    (node) => node.prefix && lexemes(node).names.length && !isPrefix(node, lexemes(node)),
  );
  return [
    ...warning(
      stop,
      stopWords === "names"
        ? "so common that only names of authors were searched"
        : "too common to be searched for, and ignored",
    ),
    ...warning(unreadable, "without letters or digits, and ignored"),
    ...warning(short, "too short a beginning, and read as a word"),
    ...new Set([...named].flatMap(([node, ids]) => namedWarning(node, ids))),
  ];
}

function warning(nodes: readonly TermNode[], what: string): string[] {
  const words = [...new Set(nodes.map(inQuotes))];
  if (!words.length) return [];
  const listed = words.slice(0, MAX_WORDS).join(", ") + (words.length > MAX_WORDS ? ", …" : "");
  return [`${words.length > 1 ? "These are" : "This is"} ${what}: ${listed}.`];
}

function namedWarning(node: TermNode, { ids, isCut }: NamedIds): string[] {
  const kind = node.field === "org" ? "organisation" : "tag";
  if (!ids.length) return [`No ${kind} is called ${inQuotes({ ...node, field: "any" })}.`];
  return isCut
    ? [`${inQuotes(node)} fits very many ${kind}s; the ${ids.length} with the most papers were taken.`]
    : [];
}

function inQuotes(node: TermNode): string {
  const text = queryText(node);
  return `“${text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text}”`;
}
