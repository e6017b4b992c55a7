import sql, { raw, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { MOST_PLAIN_WORDS } from "../bounds/bound-query.js";
import { rarestWords } from "../bounds/rarest-words.js";
import { lexemesOf, type LexemeLookup } from "./lexemes.js";
import { findNamedThings } from "./resolve-names.js";
import { isNamed, termsOf, type QueryNode, type TermNode } from "../language/query-ast.js";
import { paperNamed, type NamedPaper } from "./find-paper-by-id.js";
import { parseQuery } from "../language/query-language.js";
import { unitsOf, type TermPatterns } from "../language/query-terms.js";
import { scoreSql } from "../ranking/ranking.js";
import { matching } from "../matching/relaxation.js";
import { scoredQuery } from "./scored-terms.js";
import { conditionOf, conditionSql, type Meanings, type SearchCondition } from "./search-condition.js";
import { termWarnings } from "./search-warnings.js";
import { searchStatistics, type SearchStatistics } from "../ranking/statistics.js";
import { areTiered, RANKED_WHOLE } from "../ranking/tiers.js";
import { papersTitled, wholeMatch } from "../matching/exact-match.js";

/** A search as SQL over a row of paper_records or paper_search, and how it was understood. */
export interface CompiledSearch {
  /** Which papers match. Columns used: tsv, and as the search says tag_ids, organisation_ids, published_at. */
  condition: (alias: string) => Sql;
  /** How well a paper fits: a float8, the higher the better. Column used: tsv. */
  score: (alias: string) => Sql;
  /** Whether one look into the index of words finds the matches, whatever the words are. */
  words: boolean;
  /** Whether more papers may match than should be ranked: see tiers.ts. */
  broad: boolean;
  /** Finds titles that have all words, as a tsquery for the index over titles; null when they say nothing special. */
  titles: string | null;
  /** Ids of papers whose title is the search. */
  sameTitle: readonly number[];
  info: { interpretedAs: string; relaxed: boolean; warnings: string[] };
  /** What is looked for and not excluded, for highlights. */
  terms: readonly TermPatterns[];
  /** The query itself; null when there is none in the text. */
  root: QueryNode | null;
  /** Nothing in the text can be looked for, so `condition` is false. */
  matchesNothing: boolean;
}

/** Compiles what was typed and never fails for what it is. White space alone is no search: the caller leaves it out. */
export async function compileSearch(db: Database, text: string): Promise<CompiledSearch> {
  const paper = await paperNamed(db, text);
  return paper ? searchForPaper(paper) : compileWords(db, text);
}

function searchForPaper({ id, externalId }: NamedPaper): CompiledSearch {
  return {
    condition: (alias) => sql`${raw(alias)}.id = ${id}`,
    score: () => sql`0::double precision`,
    words: false,
    broad: false,
    titles: null,
    sameTitle: [],
    info: { interpretedAs: externalId, relaxed: false, warnings: [] },
    terms: [],
    root: null,
    matchesNothing: false,
  };
}

async function compileWords(db: Database, text: string): Promise<CompiledSearch> {
  const { root, warnings: understood, interpretedAs } = parseQuery(text);
  const warnings = [...understood];
  const terms = root ? termsOf(root, true) : [];
  const [lexemes, named, statistics, sameTitle] = await Promise.all([
    lexemesOf(db, terms),
    findNamedThings(db, terms.filter(isNamed)),
    searchStatistics(db),
    papersTitled(db, text),
  ]);
  const { condition, meanings, stopWords, areLeftOut } = understand(root, terms, lexemes, named, statistics);
  const positive = root ? termsOf(root, false) : [];
  const units = (nodes: TermNode[]) => nodes.flatMap((node) => meanings.units.get(node) ?? []);
  const scored = scoredQuery(units(positive.filter((node) => !isNamed(node))), statistics);
  const whole = wholeMatch(root, meanings, statistics);
  const scoring = { ...scored, whole, sameTitle };
  warnings.push(...termWarnings(terms, lexemes, meanings, stopWords));
  if (areLeftOut)
    warnings.push(`Of so many words, the ${MOST_PLAIN_WORDS} that are rarest were searched for.`);
  if (!condition)
    warnings.push("There is nothing in this search that could be looked for, so nothing matches.");
  const matches =
    root && condition && (await matching(db, { root, meanings, strict: condition }, statistics));
  return {
    condition: (alias) => (matches ? conditionSql(matches.condition, alias) : sql`false`),
    score: (alias) => scoreSql(alias, scoring, statistics),
    words: matches?.condition.kind === "text",
    broad: areTooMany(matches?.atMost ?? 0, statistics),
    titles: whole.titles,
    sameTitle,
    info: { interpretedAs, relaxed: matches?.relaxed ?? false, warnings },
    terms: units(positive),
    root,
    matchesNothing: !condition,
  };
}

function areTooMany(matches: number, statistics: SearchStatistics | null): boolean {
  return statistics !== null && areTiered(statistics.papers) && matches > RANKED_WHOLE;
}

interface Understood {
  condition: SearchCondition | null;
  meanings: Meanings;
  stopWords: "skipped" | "names";
  /** Whether the commonest of very many words are left out. */
  areLeftOut: boolean;
}

/** Stop words are left out, unless there is nothing else: then they are looked for as names ("Will", "An"). */
function understand(
  root: QueryNode | null,
  terms: readonly TermNode[],
  lexemes: LexemeLookup,
  named: Meanings["named"],
  statistics: SearchStatistics | null,
): Understood {
  const attempt = (stopWords: Understood["stopWords"]): Understood => {
    const all = new Map(terms.map((node) => [node, unitsOf(node, lexemes(node), stopWords)]));
    const units = rarestWords(all, statistics);
    const meanings = { units, named };
    const areLeftOut = units !== all;
    return { condition: root && conditionOf(root, meanings), meanings, stopWords, areLeftOut };
  };
  const skipped = attempt("skipped");
  return skipped.condition ? skipped : attempt("names");
}
