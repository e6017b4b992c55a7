import sql, { raw, type Sql } from "sql-template-tag";
import type { Database } from "../database/database.js";
import { tagSlug } from "../tags/tag-slug.js";
import type { TermNode } from "./query-ast.js";

/** Ids that one `org:` or `tag:` stands for at most, those with the most papers first. */
export const MAX_NAMED = 1_000;

/**
 * A name with every word between spaces, whatever punctuation it has: " king abdullah university  kaust  ". The indexes
 * organisations_words_idx, tags_words_idx and authors_words_idx are over this very expression of name_key.
 */
export function paddedName(nameKey: Sql): Sql {
  return sql`translate(' ' || ${nameKey} || ' ', ${raw(PUNCTUATION)}, ${raw(`'${" ".repeat(32)}'`)})`;
}

/** All that ASCII has; a literal, as the planner finds an index on an expression only by the same constants. */
const PUNCTUATION = "'!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'";

interface NamedRow {
  exact: number[];
  words: number[];
  starts: number[];
}

/**
 * Finds what `org:` and `tag:` name, in one statement: by slug, and by names that hold the words one behind the other,
 * singular or plural; where no name does, or the term is a prefix, by names with words that begin so.
 * `org:mit` shall not be Mitsubishi, `org:stanf` may be Stanford.
 * @returns the ids for each node.
 */
export async function findNamedThings(
  db: Database,
  nodes: readonly TermNode[],
): Promise<Map<TermNode, number[]>> {
  if (!nodes.length) return new Map();
  const fields = nodes.map(({ field }) => field);
  const texts = nodes.map(({ text }) => text);
  const slugs = texts.map(tagSlug);
  const padded = paddedName(sql`name_key`);
  const rows = await db.query<NamedRow>(
    "search.namedThings",
    // Kept apart as MATERIALIZED: the planner would put the spelling into the scans and make it anew for every row.
    sql`WITH asked AS MATERIALIZED (
          SELECT field, text, slug, n, btrim(regexp_replace(padded, ' +', ' ', 'g')) AS words
          FROM (SELECT *, ${padded} AS padded
                FROM (SELECT *, name_key(text) AS name_key
                      FROM unnest(${fields}::text[], ${texts}::text[], ${slugs}::text[])
                        WITH ORDINALITY AS given(field, text, slug, n)) keyed) named
        ), spelled AS MATERIALIZED (
          SELECT *, '% ' || replace(singular, ' ', '%') || CASE WHEN length(words) > 1 THEN '%' ELSE ' %' END AS candidate,
            ' ' || replace(words, ' ', ' +') AS start,
            ' ' || replace(singular, ' ', ' +') || CASE WHEN length(singular) > 2 THEN 's? ' ELSE ' ' END AS whole
          FROM (SELECT *, CASE WHEN words ~ '[^s ]..s$' THEN left(words, -1) ELSE words END AS singular
                FROM asked) counted
        )
        SELECT ARRAY(SELECT id FROM organisations WHERE field = 'org' AND slug_key = lower(text)
                     UNION ALL
                     SELECT id FROM tags WHERE field = 'tag' AND tags.slug = spelled.slug) AS exact,
          coalesce(array_agg(id ORDER BY paper_count DESC, id) FILTER (WHERE padded ~ whole), '{}') AS words,
          coalesce(array_agg(id ORDER BY paper_count DESC, id) FILTER (WHERE padded ~ start), '{}') AS starts
        FROM spelled LEFT JOIN LATERAL (
          SELECT id, paper_count, ${padded} AS padded FROM organisations
          WHERE field = 'org' AND words <> '' AND ${padded} LIKE candidate
          UNION ALL
          SELECT id, paper_count, ${padded} FROM tags
          WHERE field = 'tag' AND words <> '' AND ${padded} LIKE candidate
        ) found ON true
        GROUP BY n, field, text, slug ORDER BY n`,
    { prepared: true },
  );
  return new Map(nodes.map((node, index) => [node, idsOf(node, rows[index])]));
}

function idsOf({ prefix }: TermNode, row: NamedRow | undefined): number[] {
  if (!row) return [];
  const byName = prefix || (!row.exact.length && !row.words.length) ? row.starts : row.words;
  return [...new Set([...row.exact, ...byName])].slice(0, MAX_NAMED);
}
