import sql, { join, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { idfOf } from "../ranking/idf.js";
import { scoreSql, type Scoring } from "../ranking/ranking.js";
import type { ScoredTerm } from "../compile/scored-terms.js";
import {
  TOGETHERNESS,
  paperFrequency,
  searchStatistics,
  type SearchStatistics,
} from "../ranking/statistics.js";
import { allOf, anyOf, quoted } from "../compile/tsquery.js";

/** Lexemes that stand for a paper's subject. */
const TELLING = 10;
/** Among them those too rare to be in the statistics: often only this paper has them. */
const TELLING_RARE = 4;
/** What the candidates of one paper, and of all papers asked for together, may be by estimate: 10 µs each. */
const CANDIDATES = 1_000;
const ALL_CANDIDATES = 10_000;
/** How much a lexeme tells by where it stands: titles most, then tags; an abstract's repeated words help poor titles. */
const TELLS = { A: 1, B: 0.7, C: 0, D: 0.5 };
const MAX_COMBINATIONS = 60;
/** The bound that holds when the estimate does not. */
const MAX_CANDIDATES = 4_000;

interface LexemeRow {
  paper: number;
  lexeme: string;
  /** The weight of the first place where it stands. */
  place: "A" | "B" | "C" | "D";
  count: number;
}

interface TellingLexeme {
  lexeme: string;
  /** How many papers have it, about. */
  papers: number;
  idf: number;
  times: number;
}

/**
 * Finds the papers on the same subject: those that share the most telling lexemes of a paper's title and tags.
 * @returns for each paper the keys of others, the nearest first.
 */
export async function relatedPapers(
  db: Database,
  paperKeys: readonly number[],
  first: number,
): Promise<number[][]> {
  const [statistics, rows] = await Promise.all([searchStatistics(db), subjectLexemes(db, paperKeys)]);
  const bound = Math.min(CANDIDATES, ALL_CANDIDATES / paperKeys.length);
  const selects = [...new Set(paperKeys)].flatMap((key) => {
    const telling = tellingLexemes(
      rows.filter(({ paper }) => paper === key),
      statistics,
    );
    if (!telling.length) return [];
    const candidates = candidateQuery(telling, statistics?.papers ?? 0, bound);
    const scoring: Scoring = { terms: telling.map(scoredLexeme), pairs: [], whole: null, sameTitle: [] };
    return [selectRelated(key, candidates, scoreSql("c", scoring, statistics), first)];
  });
  if (!selects.length) return paperKeys.map(() => []);
  const related = await db.query<{ paper: number; key: number }>(
    "search.related",
    join(selects, " UNION ALL "),
  );
  return paperKeys.map((key) => related.filter(({ paper }) => paper === key).map((row) => row.key));
}

function subjectLexemes(db: Database, paperKeys: readonly number[]): Promise<LexemeRow[]> {
  return db.query<LexemeRow>(
    "search.subjectLexemes",
    sql`SELECT s.paper_id AS paper, l.lexeme, l.weights[1] AS place, cardinality(l.positions) AS count
        FROM paper_search s, unnest(s.tsv) AS l
        WHERE s.paper_id = ANY(${paperKeys}) AND (l.weights && '{A,B}' OR cardinality(l.positions) > 1) AND l.weights <> '{C}'
          AND length(l.lexeme) > 1 AND l.lexeme ~ '[^0-9.]'`,
    { prepared: "label" },
  );
}

/** Rare words that the paper's title has and that it repeats say most about it. */
function tellingLexemes(rows: readonly LexemeRow[], statistics: SearchStatistics | null): TellingLexeme[] {
  const weighted = rows
    .map(({ lexeme, place, count }) => {
      const idf = idfOf(statistics, [lexeme]);
      return { lexeme, idf, times: (1 + Math.log(count)) * TELLS[place] };
    })
    .sort((a, b) => b.idf * b.times - a.idf * a.times || (a.lexeme < b.lexeme ? -1 : 1));
  let rare = 0;
  return weighted
    .filter(({ lexeme }) => !statistics || statistics.frequencies.has(lexeme) || rare++ < TELLING_RARE)
    .slice(0, TELLING)
    .map((telling) => ({
      ...telling,
      papers: statistics ? paperFrequency(statistics, [telling.lexeme]) : 0,
    }));
}

function selectRelated(key: number, candidates: string, score: Sql, first: number): Sql {
  return sql`(SELECT ${key}::integer AS paper, c.paper_id AS key FROM (
      SELECT s.paper_id, s.tsv FROM paper_search s
      WHERE s.tsv @@ ${candidates}::tsquery AND s.paper_id <> ${key}
      LIMIT ${MAX_CANDIDATES}) c
    ORDER BY ${score} DESC, c.paper_id DESC LIMIT ${first})`;
}

function scoredLexeme({ lexeme, idf, times }: TellingLexeme): ScoredTerm {
  return {
    spellings: [[quoted(lexeme)]],
    fields: ["title", "tags", "organisations", "abstract"],
    idf,
    times,
  };
}

/**
 * What the nearest papers have: two of the lexemes that tell most, or one that is rare, as many of those as promise
 * `bound` papers together; what is too common in twos, in threes. So a lexeme that a twentieth of all papers have
 * selects none by itself.
 */
function candidateQuery(telling: readonly TellingLexeme[], papers: number, bound: number): string {
  const weight = (lexemes: TellingLexeme[]) => lexemes.reduce((sum, { idf, times }) => sum + idf * times, 0);
  const rounds = [telling.flatMap((lexeme) => [[lexeme], ...pairs(telling, lexeme)]), triples(telling)];
  const chosen: TellingLexeme[][] = [];
  let expected = 0;
  for (const lexemes of rounds.flatMap((round) => round.sort((a, b) => weight(b) - weight(a)))) {
    const count = expectedPapers(lexemes, papers);
    const covered = chosen.some((other) => other.every((lexeme) => lexemes.includes(lexeme)));
    if (covered || expected + count > bound || chosen.length === MAX_COMBINATIONS) continue;
    expected += count;
    chosen.push(lexemes);
  }
  const clauses = chosen.length ? chosen : [telling.slice(0, 3)];
  return anyOf(clauses.map((lexemes) => allOf(lexemes.map(({ lexeme }) => quoted(lexeme)))));
}

function expectedPapers(lexemes: readonly TellingLexeme[], papers: number): number {
  if (!papers) return 0;
  const share = lexemes.reduce((product, lexeme) => product * (lexeme.papers / papers), 1);
  return share * papers * TOGETHERNESS ** (lexemes.length - 1);
}

/** @returns the lexeme with each of those behind it. */
function pairs(telling: readonly TellingLexeme[], lexeme: TellingLexeme): TellingLexeme[][] {
  return telling.slice(telling.indexOf(lexeme) + 1).map((other) => [lexeme, other]);
}

function triples(telling: readonly TellingLexeme[]): TellingLexeme[][] {
  return telling.flatMap((first, index) =>
    telling.slice(index + 1).flatMap((second) => pairs(telling, second).map((pair) => [first, ...pair])),
  );
}
