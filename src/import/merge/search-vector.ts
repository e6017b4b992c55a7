import sql, { type Sql } from "sql-template-tag";

/** SQL for the parts of a paper that searches look into. */
interface PaperParts {
  title: Sql;
  /** May be null. */
  abstract: Sql;
  /** text[]: the paper's tags as its own source spells them, so that its vector hangs on no other paper. */
  spellings: Sql;
  organisationIds: Sql;
  authorIds: Sql;
}

/** The same, with what is looked up or made in some other way: a tsvector and two text[]. */
interface FoundParts {
  title: Sql;
  abstractVector: Sql;
  spellings: Sql;
  organisations: Sql;
  authors: Sql;
}

/** The SQL of paper_search.tsv. */
export function searchVector({ title, abstract, spellings, organisationIds, authorIds }: PaperParts): Sql {
  return joinedVector({
    title,
    abstractVector: abstractVector(abstract),
    spellings,
    organisations: organisationsOf(organisationIds),
    authors: authorsOf(authorIds),
  });
}

export function joinedVector({ title, abstractVector, spellings, organisations, authors }: FoundParts): Sql {
  return sql`
    setweight(to_tsvector('papergraph', search_text(${title})), 'A')
    || setweight(to_tsvector('papergraph', search_text(array_to_string(${spellings} || ${organisations}, ' . '))), 'B')
    || setweight(to_tsvector('papergraph_names', search_text(array_to_string(${authors}, ' . '))), 'C')
    || ${abstractVector}`;
}

/** The abstract's part of a vector, and most of the work. */
export function abstractVector(abstract: Sql): Sql {
  return sql`setweight(to_tsvector('papergraph', search_text(coalesce(${abstract}, ''))), 'D')`;
}

/** Organisations are found by slug and name, whichever paper told them. */
export function organisationsOf(ids: Sql): Sql {
  return sql`ARRAY(
    SELECT concat_ws(' . ', o.slug, o.name) FROM unnest(${ids}) WITH ORDINALITY AS listed(id, place)
    JOIN organisations o USING (id) ORDER BY place)`;
}

export function authorsOf(ids: Sql): Sql {
  return sql`ARRAY(
    SELECT a.name FROM unnest(${ids}) WITH ORDINALITY AS listed(id, place) JOIN authors a USING (id) ORDER BY place)`;
}

/** SQL for all spellings of a paper's tags, in order: its keywords, and the `tags` that no column holds. */
export function spellingsOf(keywords: Sql, source: Sql): Sql {
  return sql`(coalesce(${keywords}, '{}') || ARRAY(SELECT jsonb_array_elements_text(${source} -> 'tags')))`;
}
