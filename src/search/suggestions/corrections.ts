import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { editDistance } from "./edit-distance.js";
import { lexemesOf } from "../compile/lexemes.js";
import { searchStatistics } from "../ranking/statistics.js";
import { oneTypoFrom } from "./typos.js";

/** Shorter words are too near to too many others; longer ones are no words. */
const SHORTEST_WORD = 4;
const LONGEST_WORD = 24;
/** So many doubtful words are looked at, and so many of them compared with what looks alike, for up to 5 ms each. */
const MAX_WORDS = 8;
const MAX_COMPARED = 2;
/** From this length on two letters may be wrong, below it one. */
const LONG_WORD = 6;
/** A word that as many papers have was meant as it was typed. */
const WELL_KNOWN = 20;
/** How much commoner than the typed word another must be, and how common at least. */
const COMMONER = 30;
const FEWEST_USES = 3;
/** Words that look like the typed one, which are compared letter by letter. */
const LOOK_ALIKES = 30;

/** The words that were perhaps meant, under the typed ones. */
export type Corrections = ReadonlyMap<string, string>;

interface NearWord {
  typed: string;
  /** The typed word as search_words has it. */
  key: string;
  word: string;
  uses: number;
  /** Then both find the same papers: its uses are the typed word's own. */
  sameStem: boolean;
}

/**
 * Finds for each word that hardly any paper has the nearest of those that many titles, tags, organisations and authors
 * have. Costs one statement, and none when statistics tell that the words are common.
 */
export async function correctionsOf(db: Database, words: readonly string[]): Promise<Corrections> {
  const asked = await rareWords(db, words);
  return asked.length ? nearest(await wordsNear(db, asked)) : new Map<string, string>();
}

async function rareWords(db: Database, words: readonly string[]): Promise<string[]> {
  const long = words.filter(({ length }) => length >= SHORTEST_WORD && length <= LONGEST_WORD);
  if (!long.length) return [];
  const requests = long.map((text) => ({ text, prefix: false }));
  const [lexemes, statistics] = await Promise.all([lexemesOf(db, requests), searchStatistics(db)]);
  const rare = long.filter((_, index) => {
    const stems = lexemes(requests[index] ?? { text: "", prefix: false }).stems.flatMap(
      (place) => place.lexemes,
    );
    return stems.length > 0 && !stems.some((stem) => statistics?.frequencies.has(stem));
  });
  return rare.slice(0, MAX_WORDS);
}

/**
 * Words that one slip of the hand makes of the typed one are looked up each by itself, which finds them surely; where
 * there is none, those further away are found by their trigrams.
 */
function wordsNear(db: Database, words: readonly string[]): Promise<NearWord[]> {
  return db.query<NearWord>(
    "search.didYouMean",
    sql`WITH typed AS MATERIALIZED (
          SELECT word, name_key(word) AS key, to_tsvector('papergraph', word) AS stem, string_to_array(variants, ' ') AS variants, n
          FROM unnest(${words}::text[], ${words.map(variantsOf)}::text[])
            WITH ORDINALITY AS given(word, variants, n)
        ), counted AS MATERIALIZED (
          -- Statistics do not list the word, so few papers have it.
          SELECT typed.*, greatest(
            (SELECT uses FROM search_words known WHERE known.word = key),
            (SELECT count(*) FROM paper_search
             WHERE tsv @@ (SELECT string_agg(quote_literal(lexeme), ' & ') FROM unnest(stem))::tsquery)
          )::integer AS own
          FROM typed
        ), rare AS MATERIALIZED (
          SELECT * FROM counted WHERE own < ${WELL_KNOWN}
        ), slips AS MATERIALIZED (
          SELECT rare.word AS typed, known.word, uses FROM rare JOIN search_words known ON known.word = ANY (variants)
          WHERE uses >= ${FEWEST_USES} AND uses > ${COMMONER} * own
        ), compared AS MATERIALIZED (
          SELECT * FROM rare
          WHERE length(key) >= ${LONG_WORD} AND own < ${FEWEST_USES} AND NOT EXISTS (SELECT FROM slips WHERE typed = rare.word)
          ORDER BY n LIMIT ${MAX_COMPARED}
        )
        SELECT rare.word AS typed, rare.key, near.word, near.uses,
               to_tsvector('papergraph', near.word) = rare.stem AS "sameStem"
        FROM rare JOIN (
          SELECT * FROM slips
          UNION ALL
          SELECT compared.word, alike.word, uses FROM compared CROSS JOIN LATERAL (
            SELECT word, uses FROM search_words known
            WHERE known.word % compared.key AND uses >= ${FEWEST_USES} AND uses > ${COMMONER} * compared.own
              AND length(known.word) BETWEEN length(compared.key) - 2 AND length(compared.key) + 2
            ORDER BY similarity(known.word, compared.key) DESC, uses DESC, word LIMIT ${LOOK_ALIKES}) alike
        ) near ON near.typed = rare.word
        -- Stop words find nothing.
        WHERE length(to_tsvector('papergraph', near.word)) > 0`,
    { prepared: "label" },
  );
}

function variantsOf(word: string): string {
  const plain = word
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
  return oneTypoFrom(plain).join(" ");
}

function nearest(candidates: readonly NearWord[]): Corrections {
  const own = new Map<string, number>();
  for (const { typed, uses, sameStem } of candidates) {
    if (sameStem) own.set(typed, Math.max(uses, own.get(typed) ?? 0));
  }
  const best = new Map<string, { word: string; value: number }>();
  for (const candidate of candidates) {
    const { typed, word, uses, sameStem } = candidate;
    if (sameStem || uses <= COMMONER * (own.get(typed) ?? 0)) continue;
    const value = nearness(candidate);
    if (value > (best.get(typed)?.value ?? -Infinity)) best.set(typed, { word, value });
  }
  return new Map([...best].map(([typed, { word }]) => [typed, word]));
}

/** A wrong letter weighs as much as a hundredfold use: the nearest word that anybody uses, not the nearest of all. */
function nearness({ key, word, uses }: NearWord): number {
  const distance = editDistance(key, word);
  return distance > (key.length < LONG_WORD ? 1 : 2) ? -Infinity : Math.log10(1 + uses) - 2 * distance;
}
