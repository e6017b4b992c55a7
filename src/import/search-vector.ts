import sql, { type Sql } from "sql-template-tag";

/** SQL for the parts of a paper that searches look into. */
interface SearchedParts {
  title: Sql;
  /** May be null. */
  abstract: Sql;
  /** text[]: the paper's tags as its source spells them. */
  spellings: Sql;
  organisationIds: Sql;
  authorIds: Sql;
}

/**
 * The SQL of paper_search.tsv. A paper is found by its own spelling of a tag, so that its vector hangs on no other
 * paper; organisations are found by slug and name, whichever paper told them.
 */
export function searchVector({ title, abstract, spellings, organisationIds, authorIds }: SearchedParts): Sql {
  const organisations = sql`ARRAY(
    SELECT concat_ws(' . ', o.slug, o.name) FROM unnest(${organisationIds}) WITH ORDINALITY AS listed(id, place)
    JOIN organisations o USING (id) ORDER BY place)`;
  const authors = sql`ARRAY(
    SELECT a.name FROM unnest(${authorIds}) WITH ORDINALITY AS listed(id, place) JOIN authors a USING (id) ORDER BY place)`;
  return sql`
    setweight(to_tsvector('papergraph', search_text(${title})), 'A')
    || setweight(to_tsvector('papergraph', search_text(array_to_string(${spellings} || ${organisations}, ' . '))), 'B')
    || setweight(to_tsvector('papergraph_names', search_text(array_to_string(${authors}, ' . '))), 'C')
    || setweight(to_tsvector('papergraph', search_text(coalesce(${abstract}, ''))), 'D')`;
}

/** SQL for all spellings of a paper's tags, in order: its keywords, and the `tags` that no column holds. */
export function spellingsOf(keywords: Sql, source: Sql): Sql {
  return sql`(coalesce(${keywords}, '{}') || ARRAY(SELECT jsonb_array_elements_text(${source} -> 'tags')))`;
}
