import sql, { raw } from "sql-template-tag";
import { spellingsOf } from "../import/merge/search-vector.js";
import { slugOfTag } from "../import/merge/staging.js";
import type { Database } from "../platform/database/database.js";
import { importedAnew, type Check, type Wrong } from "./check.js";

/** Every spelling that papers have or that is stored: how many papers have it, and what is stored of it. */
const SPELLINGS = sql`
  WITH said AS (
    SELECT spelling, count(*)::integer AS papers FROM (
      SELECT DISTINCT paper_id, spelling FROM paper_texts
      CROSS JOIN unnest(${spellingsOf(sql`keywords`, sql`source`)}) AS spelling
    ) AS pairs GROUP BY spelling
  )
  SELECT spelling, coalesce(said.papers, 0) AS papers, s.uses, t.slug
  FROM said FULL JOIN (tag_spellings s JOIN tags t ON t.id = s.tag_id) USING (spelling)`;

interface Spelling {
  spelling: string;
  papers: number;
  uses: number | null;
  slug: string | null;
}

interface WrongSpelling {
  spelling: string;
  papers: number;
  /** Of the tag that it belongs to; null where it is none. */
  slug: string | null;
}

async function wrongSpellings(db: Database): Promise<WrongSpelling[]> {
  const spellings = await db.query<Spelling>("check.spellings", SPELLINGS);
  return spellings.flatMap(({ spelling, papers, uses, slug: stored }) => {
    const slug = slugOfTag(spelling);
    const isRight = slug !== null && papers > 0 ? uses === papers && stored === slug : uses === null;
    return isRight ? [] : { spelling, papers, slug };
  });
}

async function findSpellings(db: Database): Promise<Wrong[]> {
  const wrong = await wrongSpellings(db);
  return wrong.map(({ spelling, papers }, index) => ({
    id: index + 1,
    example: `${spelling}: ${papers} papers have it`,
  }));
}

/** Also makes the tags that got lost. */
async function repairSpellings(tx: Database): Promise<void> {
  const wrong = await wrongSpellings(tx);
  const isTag = ({ papers, slug }: WrongSpelling) => papers > 0 && slug !== null;
  const kept = wrong.filter(isTag);
  await tx.query(
    "check.addTags",
    sql`INSERT INTO tags (slug, name)
        SELECT DISTINCT ON (slug) slug, spelling
        FROM unnest(${kept.map(({ slug }) => slug)}::text[], ${kept.map(({ spelling }) => spelling)}::text[]) AS said(slug, spelling)
        ORDER BY slug ON CONFLICT (slug) DO NOTHING`,
  );
  await tx.query(
    "check.putSpellings",
    sql`INSERT INTO tag_spellings (spelling, tag_id, uses)
        SELECT said.spelling, t.id, said.uses
        FROM unnest(${kept.map(({ spelling }) => spelling)}::text[], ${kept.map(({ slug }) => slug)}::text[],
                    ${kept.map(({ papers }) => papers)}::integer[]) AS said(spelling, slug, uses) JOIN tags t USING (slug)
        ON CONFLICT (spelling) DO UPDATE SET tag_id = excluded.tag_id, uses = excluded.uses`,
  );
  const gone = wrong.filter((spelling) => !isTag(spelling)).map(({ spelling }) => spelling);
  await tx.query("check.dropSpellings", sql`DELETE FROM tag_spellings WHERE spelling = ANY(${gone})`);
}

/** The tags of papers as their spellings tell them, in the order of the first spelling of each. */
const TAGS_OF_PAPERS = sql`
  SELECT paper_id, array_agg(tag_id ORDER BY place) AS ids FROM (
    SELECT t.paper_id, s.tag_id, min(place) AS place
    FROM paper_texts t CROSS JOIN LATERAL unnest(${spellingsOf(sql`t.keywords`, sql`t.source`)})
      WITH ORDINALITY AS said(spelling, place) JOIN tag_spellings s USING (spelling)
    GROUP BY t.paper_id, s.tag_id
  ) AS places GROUP BY paper_id`;

/**
 * Ids in arrays have no foreign keys. What names nothing, or an organisation for the second time, is taken out; an author
 * may stand in a list twice.
 */
const listedIds = (table: "organisations" | "authors"): Check => {
  const ids = raw(`${table.slice(0, -1)}_ids`);
  const known = sql`SELECT id FROM ${raw(table)}`;
  const isRepeated = raw(
    table === "organisations" ? "row_number() OVER (PARTITION BY link.id ORDER BY place) > 1" : "false",
  );
  return {
    name: `paper_search.${table.slice(0, -1)}_ids`,
    about: `Papers that name ${table} which there are not${table === "organisations" ? ", or one of them twice" : ""}: these are taken out, and the next import of these papers reads their lists anew.`,
    wrong: sql`SELECT s.paper_id AS id, format('%s: %s', p.external_id, array_agg(link.id)) AS example
      FROM paper_search s JOIN papers p ON p.id = s.paper_id CROSS JOIN LATERAL (
        SELECT link.id, link.id NOT IN (${known}) OR ${isRepeated} AS is_wrong
        FROM unnest(s.${ids}) WITH ORDINALITY AS link(id, place)
      ) AS link WHERE link.is_wrong GROUP BY s.paper_id, p.external_id`,
    repair: (keys) => sql`${importedAnew(keys)} UPDATE paper_search s SET ${ids} = ARRAY(
        SELECT id FROM (
          SELECT link.id, place, link.id IN (${known}) AND NOT ${isRepeated} AS is_right
          FROM unnest(s.${ids}) WITH ORDINALITY AS link(id, place)
        ) AS links WHERE is_right ORDER BY place)
      WHERE s.paper_id = ANY(${keys})`,
  };
};

/** What papers name. In this order: the tags of papers follow from the spellings. */
export const LINK_CHECKS: readonly Check[] = [
  {
    name: "tag_spellings",
    about: "Spellings of tags that are missing, belong to another tag, or count other papers than have them.",
    wrong: findSpellings,
    repair: null,
    repairAll: repairSpellings,
  },
  {
    name: "paper_search.tag_ids",
    about: "Papers whose tags are not those of their keywords: one is lost, doubled or another one.",
    wrong: sql`SELECT s.paper_id AS id, format('%s: %s in place of %s', p.external_id, s.tag_ids, coalesce(truth.ids, '{}')) AS example
      FROM paper_search s JOIN papers p ON p.id = s.paper_id LEFT JOIN (${TAGS_OF_PAPERS}) truth ON truth.paper_id = s.paper_id
      WHERE s.tag_ids <> coalesce(truth.ids, '{}')`,
    repair: (ids) => sql`UPDATE paper_search s SET tag_ids = coalesce(truth.ids, '{}')
      FROM unnest(${ids}::integer[]) AS wrong(id)
      LEFT JOIN (SELECT * FROM (${TAGS_OF_PAPERS}) AS tagged WHERE paper_id = ANY(${ids})) truth ON truth.paper_id = wrong.id
      WHERE s.paper_id = wrong.id`,
  },
  {
    name: "tags.name",
    about: "Tags that are not called by their commonest spelling.",
    wrong: sql`SELECT t.id, format('%s: %s in place of %s', t.slug, t.name, truth.name) AS example FROM tags t JOIN (
        SELECT DISTINCT ON (tag_id) tag_id, spelling AS name FROM tag_spellings
        ORDER BY tag_id, uses DESC, spelling COLLATE "C"
      ) AS truth ON truth.tag_id = t.id WHERE t.name <> truth.name`,
    repair: (ids) => sql`UPDATE tags t SET name = (
        SELECT spelling FROM tag_spellings s WHERE s.tag_id = t.id ORDER BY uses DESC, spelling COLLATE "C" LIMIT 1)
      WHERE t.id = ANY(${ids})`,
  },
  listedIds("organisations"),
  listedIds("authors"),
];
