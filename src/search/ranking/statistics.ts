import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";

/** In how many papers lexemes are. */
export interface LexemeStatistics {
  papers: number;
  /** The share of papers that hold a lexeme, for the commonest; accurate to about 1 %. */
  frequencies: ReadonlyMap<string, number>;
  /** The lowest share in `frequencies`. */
  rarest: number;
}

/** What the last ANALYZE learned of paper_search.tsv. */
export interface SearchStatistics extends LexemeStatistics {
  /** Bytes of a tsvector. */
  averageSize: number;
  /** Of titles alone. */
  titles: LexemeStatistics;
}

/** Words of a query keep company: they stand together so many times as often as chance would have it. */
export const TOGETHERNESS = 4;

/** Milliseconds after which the statistics are read again; only ANALYZE changes them. */
const REFRESH = 60_000;

interface Known {
  statistics: SearchStatistics | null;
  readAt: number;
  reading: Promise<SearchStatistics | null> | null;
}

const known = new WeakMap<object, Known>();

/**
 * Reads them once and refreshes them behind the back of a caller, who never waits for that.
 * @returns null as long as the table was never analysed.
 */
export async function searchStatistics(db: Database): Promise<SearchStatistics | null> {
  const entry = known.get(db.identity) ?? { statistics: null, readAt: 0, reading: null };
  known.set(db.identity, entry);
  if (performance.now() - entry.readAt > REFRESH || entry.readAt === 0) {
    // All searches wait for it: the end of the request that began it must not take it from them.
    entry.reading ??= refresh(db.shared, entry);
    if (!entry.readAt || !entry.statistics) return entry.reading;
    // A refresh that fails leaves the old ones in use; the next search tries again.
    entry.reading.catch(() => undefined);
  }
  return entry.statistics;
}

async function refresh(db: Database, entry: Known): Promise<SearchStatistics | null> {
  try {
    entry.statistics = await readStatistics(db);
    entry.readAt = performance.now();
    return entry.statistics;
  } finally {
    entry.reading = null;
  }
}

interface StatisticsRow {
  papers: number;
  averageSize: number | null;
  lexemes: string[] | null;
  frequencies: number[] | null;
}

/** Of the tsvectors and, second, of the titles' part, which an index is over. */
async function readStatistics(db: Database): Promise<SearchStatistics | null> {
  const [whole, titles] = await db.query<StatisticsRow>(
    "search.statistics",
    sql`SELECT c.reltuples AS papers, s.avg_width AS "averageSize", s.most_common_elems::text::text[] AS lexemes,
               s.most_common_elem_freqs AS frequencies
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN (VALUES (1, 'paper_search', 'tsv'), (2, 'paper_search_title_idx', 'ts_filter')) AS source(n, name, attribute)
        LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = source.name AND s.attname = source.attribute
        WHERE c.oid = 'paper_search'::regclass ORDER BY source.n`,
    { prepared: "label" },
  );
  if (!whole?.averageSize || whole.papers < 1) return null;
  return {
    ...lexemeStatistics(whole),
    averageSize: whole.averageSize,
    titles: lexemeStatistics({ ...(titles ?? whole), papers: whole.papers }),
  };
}

function lexemeStatistics({ papers, lexemes, frequencies }: StatisticsRow): LexemeStatistics {
  // Behind the frequencies stand the lowest and the highest of them.
  const pairs = (lexemes ?? []).map((lexeme, index): [string, number] => [lexeme, frequencies?.[index] ?? 0]);
  return { papers, frequencies: new Map(pairs), rarest: frequencies?.[pairs.length] ?? 1 / papers };
}

/** @returns about how many papers hold any of the lexemes, or one that begins with any of the prefixes. */
export function paperFrequency(
  { papers, frequencies, rarest }: LexemeStatistics,
  lexemes: readonly string[],
  prefixes: readonly string[] = [],
): number {
  // A lexeme that is not listed is rarer than the listed ones; Postgres' own estimate takes half of the rarest, too.
  let share = lexemes.reduce((sum, lexeme) => sum + (frequencies.get(lexeme) ?? rarest / 2), 0);
  for (const prefix of prefixes) {
    for (const [lexeme, frequency] of frequencies) if (lexeme.startsWith(prefix)) share += frequency;
  }
  return Math.min(1, share) * papers;
}
