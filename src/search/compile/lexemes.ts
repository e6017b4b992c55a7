import { LRUCache } from "lru-cache";
import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";

/** What a text becomes in the index: at each place that is not a stop word's, the lexemes that count as that word. */
export interface LexemePlace {
  /** From 1; "state of the art" has state at 1 and art at 4. */
  at: number;
  lexemes: readonly string[];
}

export interface Lexemes {
  /** Under the configuration `papergraph`: titles, abstracts, tags, organisations. */
  stems: readonly LexemePlace[];
  /** Under `papergraph_names`: authors. Nothing is a stop word there. */
  names: readonly LexemePlace[];
  /** For a prefix: stems of known words that begin with it while their stems do not (`computatio*` and `comput`). */
  completions: readonly string[];
}

const NO_LEXEMES: Lexemes = { stems: [], names: [], completions: [] };

/**
 * Texts of searches, and words that highlights compared with them: after a while a server asks for few. By database, as
 * a prefix is completed with the words that one database has.
 */
const remembered = new WeakMap<object, LRUCache<string, Lexemes>>();

function lexemesKnown(db: Database): LRUCache<string, Lexemes> {
  let known = remembered.get(db.identity);
  if (!known) {
    known = new LRUCache({ max: 20_000, maxSize: 8_000_000, sizeCalculation: sizeOf });
    remembered.set(db.identity, known);
  }
  return known;
}

/** Bytes, about: a phrase has an entry for each of its words, a prefix up to `COMPLETIONS` lexemes. */
function sizeOf({ stems, names, completions }: Lexemes, text: string): number {
  const lexemes = [...stems, ...names].reduce((sum, place) => sum + place.lexemes.length, 0);
  return 100 + 2 * text.length + 60 * (stems.length + names.length) + 40 * (lexemes + completions.length);
}

/** Milliseconds that a prefix is known: its completions follow the words that imports bring. */
const PREFIX_TTL = 600_000;

/** Known words that a prefix is completed with at most, the commonest first. */
const COMPLETIONS = 200;

interface LexemeRow {
  stems: [string, number[]][] | null;
  names: [string, number[]][] | null;
  completions: string[] | null;
}

export interface LexemeRequest {
  text: string;
  /** Whether the text's last word is only the beginning of a word. */
  prefix: boolean;
}

export type LexemeLookup = (request: LexemeRequest) => Lexemes;

/** Texts that one statement asks for: its answer is read in one go. */
const BATCH = 500;

/** Asks Postgres, in one statement for each `BATCH` texts that are new, what the texts are in the index. */
export async function lexemesOf(db: Database, requests: readonly LexemeRequest[]): Promise<LexemeLookup> {
  const known = lexemesKnown(db);
  const found = new Map<string, Lexemes>();
  const asked = new Map<string, LexemeRequest>();
  for (const request of requests) {
    const key = keyOf(request);
    const lexemes = known.get(key);
    if (lexemes) found.set(key, lexemes);
    else asked.set(key, request);
  }
  const entries = [...asked];
  for (let start = 0; start < entries.length; start += BATCH) {
    const batch = entries.slice(start, start + BATCH);
    const rows = await askPostgres(
      db,
      batch.map(([, request]) => request),
    );
    for (const [index, [key, { prefix }]] of batch.entries()) {
      const lexemes = read(rows[index]);
      known.set(key, lexemes, { ttl: prefix ? PREFIX_TTL : 0 });
      found.set(key, lexemes);
    }
  }
  return (request) => found.get(keyOf(request)) ?? NO_LEXEMES;
}

function keyOf({ text, prefix }: LexemeRequest): string {
  return `${prefix ? "*" : "="}${text}`;
}

function askPostgres(db: Database, requests: readonly LexemeRequest[]): Promise<LexemeRow[]> {
  return db.query<LexemeRow>(
    "search.lexemes",
    sql`SELECT
          (SELECT jsonb_agg(jsonb_build_array(lexeme, to_jsonb(positions)))
           FROM unnest(to_tsvector('papergraph', search_text(asked.text)))) AS stems,
          (SELECT jsonb_agg(jsonb_build_array(lexeme, to_jsonb(positions)))
           FROM unnest(to_tsvector('papergraph_names', search_text(asked.text)))) AS names,
          (SELECT array_agg(DISTINCT lexeme) FROM (
             SELECT word, start FROM search_words,
               (SELECT lexeme AS start FROM unnest(to_tsvector('papergraph_names', search_text(asked.text)))
                ORDER BY positions[array_upper(positions, 1)] DESC LIMIT 1) AS typed
             WHERE asked.prefix AND word >= start AND word < start || U&'\\+10FFFF'
             ORDER BY uses DESC, word LIMIT ${COMPLETIONS}) AS words,
             unnest(to_tsvector('papergraph', word))
           WHERE NOT starts_with(lexeme, start)) AS completions
        FROM unnest(${requests.map(({ text }) => text)}::text[], ${requests.map(({ prefix }) => prefix)}::boolean[])
          WITH ORDINALITY AS asked(text, prefix, n)
        ORDER BY n`,
    { prepared: "label" },
  );
}

function read(row: LexemeRow | undefined): Lexemes {
  const names = placesOf(row?.names ?? []);
  const words = new Map(names.map(({ at, lexemes }) => [at, lexemes[0]]));
  const stems = placesOf(row?.stems ?? []).map(({ at, lexemes }) => ({
    at,
    lexemes: lexemes.flatMap((lexeme) => (lexeme === words.get(at) ? withAcronymPlural(lexeme) : [lexeme])),
  }));
  return { stems, names, completions: row?.completions ?? [] };
}

function placesOf(lexemes: readonly [string, number[]][]): LexemePlace[] {
  const places = new Map<number, string[]>();
  for (const [lexeme, positions] of lexemes) {
    for (const at of positions) {
      const known = places.get(at);
      if (known) known.push(lexeme);
      else places.set(at, [lexeme]);
    }
  }
  return [...places].sort(([a], [b]) => a - b).map(([at, found]) => ({ at, lexemes: found }));
}

/**
 * `search_text` takes the s off "LLMs", but not off "llms", and the stemmer leaves it there: in its step 1a a final s
 * goes only behind a vowel that is not the last letter before it (https://snowballstem.org/algorithms/english/stemmer.html).
 * So a word that is its own stem is looked for with and without an s that would stay: llm, llms; gpu, gpus; h100, h100s.
 */
function withAcronymPlural(word: string): string[] {
  if (!/^(?=.*[a-z])[a-z\d]{3,}$/u.test(word) || word.endsWith("ss")) return [word];
  if (word.endsWith("s")) return word.length > 3 ? [word, word.slice(0, -1)] : [word];
  const keepsFinalS = /\d|u$/u.test(word) || !/[aeiouy]/u.test(word.slice(0, -1));
  return keepsFinalS ? [word, `${word}s`] : [word];
}
