import sql, { type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { tagSlug } from "../../catalogue/tags/tag-slug.js";
import type { TermNode } from "../language/query-ast.js";

/** Ids that the `org:` and `tag:` of a search stand for at most, in equal parts, those with the most papers first. */
const MAX_NAMED = 1_000;

/** What an `org:` or `tag:` stands for. */
export interface NamedIds {
  ids: readonly number[];
  /** The sum of their papers: how many papers have any of them, at most. */
  papers: number;
  /** Whether there are more than were taken. */
  isCut: boolean;
}

/**
 * A name with each word between two spaces, whatever punctuation it has: " king abdullah university kaust ". The indexes
 * organisations_words_idx, tags_words_idx and authors_words_idx are over this very expression of name_key: the planner
 * finds them only by the same constants. (The class is all of ASCII that is neither letter nor digit. translate() would
 * take ten times as long.)
 */
export function paddedName(nameKey: Sql): Sql {
  return sql`regexp_replace(' ' || ${nameKey} || ' ', '[ -/:-@[-\`{-~]+', ' ', 'g')`;
}

/** Pairs of an id and its number of papers. */
type Counted = [id: number, papers: number][];

interface NamedRow {
  exact: Counted;
  words: Counted;
  starts: Counted;
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
): Promise<Map<TermNode, NamedIds>> {
  if (!nodes.length) return new Map();
  const different = new Map(nodes.map((node) => [`${node.field} ${node.text}`, node]));
  const keys = [...different.keys()];
  const fields = [...different.values()].map(({ field }) => field);
  const texts = [...different.values()].map(({ text }) => text);
  const most = Math.floor(MAX_NAMED / keys.length);
  const slugs = texts.map(tagSlug);
  const padded = paddedName(sql`name_key`);
  const rows = await db.query<NamedRow>(
    "search.namedThings",
    // Kept apart as MATERIALIZED: the planner would put the spelling into the scans and make it anew for every row.
    sql`WITH asked AS MATERIALIZED (
          SELECT field, text, slug, n, btrim(${padded}) AS words
          FROM (SELECT *, name_key(text) AS name_key
                FROM unnest(${fields}::text[], ${texts}::text[], ${slugs}::text[])
                  WITH ORDINALITY AS given(field, text, slug, n)) keyed
        ), spelled AS MATERIALIZED (
          SELECT *, CASE WHEN words ~ '[^ ]{2}[^s ]s$' THEN left(words, -1) ELSE words END AS singular FROM asked
        ), searched AS MATERIALIZED (
          SELECT *, CASE WHEN length(words) > 1 THEN '% ' || singular || '%' ELSE '% ' || words || ' %' END AS pattern
          FROM spelled WHERE words <> ''
        )
        SELECT ARRAY(SELECT ARRAY[id, paper_count] FROM organisations WHERE spelled.field = 'org' AND slug_key = lower(text)
                     UNION ALL
                     SELECT ARRAY[id, paper_count] FROM tags WHERE spelled.field = 'tag' AND tags.slug = spelled.slug) AS exact,
          coalesce((array_agg(ARRAY[id, paper_count] ORDER BY paper_count DESC, id)
                   FILTER (WHERE strpos(padded, ' ' || singular || ' ') > 0
                           OR length(singular) > 2 AND strpos(padded, ' ' || singular || 's ') > 0))[:${most + 1}::integer], '{}') AS words,
          coalesce((array_agg(ARRAY[id, paper_count] ORDER BY paper_count DESC, id)
                   FILTER (WHERE strpos(padded, ' ' || words) > 0))[:${most + 1}::integer], '{}') AS starts
        FROM spelled LEFT JOIN (
          SELECT n, id, paper_count, ${padded} AS padded FROM searched, organisations
          WHERE field = 'org' AND ${padded} LIKE pattern
          UNION ALL
          SELECT n, id, paper_count, ${padded} FROM searched, tags
          WHERE field = 'tag' AND ${padded} LIKE pattern
        ) found USING (n)
        GROUP BY n, field, text, slug ORDER BY n`,
    { prepared: "label" },
  );
  const found = new Map(keys.map((key, index) => [key, rows[index]]));
  return new Map(nodes.map((node) => [node, idsOf(node, found.get(`${node.field} ${node.text}`), most)]));
}

function idsOf({ prefix }: TermNode, row: NamedRow | undefined, most: number): NamedIds {
  if (!row) return { ids: [], papers: 0, isCut: false };
  const byName = prefix || (!row.exact.length && !row.words.length) ? row.starts : row.words;
  const counted = [...new Map([...row.exact, ...byName])];
  const taken = counted.slice(0, most);
  return {
    ids: taken.map(([id]) => id),
    papers: taken.reduce((sum, [, papers]) => sum + papers, 0),
    isCut: counted.length > most,
  };
}
