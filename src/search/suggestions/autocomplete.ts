import { authorSlug } from "../../catalogue/authors/author-slug.js";
import type { Database } from "../../platform/database/database.js";
import { globalId } from "../../shared/node.js";
import { correctedPrefixes } from "./corrected-prefixes.js";
import { completions, type Completion, type CompletionKind } from "./completions.js";

/** How many times as often a name must be used to be suggested for a later word before one that begins so. */
const BEGINNING = 10;

export interface SearchSuggestion {
  type: CompletionKind;
  /** The slug; a paper's id at its source. */
  slug: string;
  /** The global id of what is suggested. */
  nodeId: string;
  label: string;
  /** Null for a paper. */
  paperCount: number | null;
}

const NODES = { TAG: "Tag", ORGANISATION: "Organisation", AUTHOR: "Author", PAPER: "Paper" } as const;

export interface AutocompleteRequest {
  prefix: string;
  types: readonly CompletionKind[];
  /** How many at most. */
  first: number;
}

/**
 * What may be meant by what was typed so far: names that are it, then those that begin so or have a later word that
 * does (surnames!), by use; the kinds take turns. Where these are too few, those behind them that it would be but for
 * one slip of the hand. One statement; three when there is room for slips.
 */
export async function autocomplete(
  db: Database,
  { prefix, types: asked, first }: AutocompleteRequest,
): Promise<SearchSuggestion[]> {
  const types = [...new Set(asked)];
  if (!types.length || !prefix.trim()) return [];
  const found = inTurns(types, await completions(db, [prefix], types, first));
  if (found.length < first) {
    const corrected = await correctedPrefixes(db, prefix);
    if (corrected) found.push(...inTurns(types, await completions(db, corrected, types, first)));
  }
  return distinct(found).slice(0, first).map(suggestion);
}

/** "lear" is more likely "Machine Learning", which thousands use, than "Learning from Noise", which one paper does. */
function weightOf({ distance, use }: Completion): number {
  return (1 + use) * (distance < 2 ? BEGINNING : 1);
}

/** Names that are just what was typed, then the kinds by turns, each by weight. */
function inTurns(types: readonly CompletionKind[], rows: readonly Completion[]): Completion[] {
  const sorted = distinct([...rows].sort((a, b) => weightOf(b) - weightOf(a) || a.distance - b.distance));
  const exact = sorted.filter(({ distance }) => distance === 0);
  const queues = types.map((type) => sorted.filter((row) => row.type === type && row.distance > 0));
  const turns = Math.max(0, ...queues.map(({ length }) => length));
  return [
    ...exact,
    ...Array.from({ length: turns }, (_, turn) => queues.flatMap((queue) => queue[turn] ?? [])).flat(),
  ];
}

function distinct(rows: readonly Completion[]): Completion[] {
  const seen = new Set<string>();
  return rows.filter(({ type, slug }) => seen.size < seen.add(`${type} ${slug}`).size);
}

function suggestion({ type, slug, label, use }: Completion): SearchSuggestion {
  const key = type === "AUTHOR" ? authorSlug(slug) : slug;
  return {
    type,
    slug: key,
    nodeId: globalId(NODES[type], key),
    label,
    paperCount: type === "PAPER" ? null : use,
  };
}
