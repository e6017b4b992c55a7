import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * What text search needs before any table: accents are taken off by the server's own dictionary, so that documents and
 * questions always go the same way.
 */
export class CreateSearchConfiguration1764000000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE EXTENSION IF NOT EXISTS unaccent;
      CREATE EXTENSION IF NOT EXISTS pg_trgm;

      CREATE TEXT SEARCH CONFIGURATION papergraph (COPY = pg_catalog.english);
      ALTER TEXT SEARCH CONFIGURATION papergraph
        ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
      COMMENT ON TEXT SEARCH CONFIGURATION papergraph IS 'Titles, abstracts, tags and organisations: English stems without accents.';

      -- Names are neither stemmed nor dropped as stop words: "Will Smith", "An Li".
      CREATE TEXT SEARCH CONFIGURATION papergraph_names (COPY = pg_catalog.simple);
      ALTER TEXT SEARCH CONFIGURATION papergraph_names
        ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
      COMMENT ON TEXT SEARCH CONFIGURATION papergraph_names IS 'Names of authors: whole words without accents.';
    `);

    // unaccent may live in a schema of its own (hosted databases do that), and functions must not depend on search_path.
    await db.query(`
      DO $do$
      DECLARE extension_schema text := (SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                                        WHERE extname = 'unaccent');
      BEGIN
        EXECUTE format($sql$
          CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
            SELECT btrim(regexp_replace(lower(%1$s.unaccent('%1$s.unaccent'::regdictionary, name)), '[[:space:]_/‐-―−-]+', ' ', 'g'))
          $fn$ $sql$, extension_schema);
      END $do$;
      COMMENT ON FUNCTION name_key(text) IS 'A name as it is compared and completed: lower case, no accents, hyphens and white space as one space.';

      CREATE FUNCTION search_text(text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $fn$
        -- translate() instead of the inner regexp_replace would take four times as long.
        SELECT regexp_replace(regexp_replace(text, '[-‐-―−_/]', ' ', 'g'), '\\m([A-Z][A-Za-z0-9]*[A-Z])s\\M', '\\1', 'g')
      $fn$;
      COMMENT ON FUNCTION search_text(text) IS
        'Text as it is indexed and asked for: hyphens and slashes part words ("GPT-4" is "gpt 4"), the plural of an acronym is the acronym ("LLMs" is "LLM").';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION search_text(text);
      DROP FUNCTION name_key(text);
      DROP TEXT SEARCH CONFIGURATION papergraph_names;
      DROP TEXT SEARCH CONFIGURATION papergraph;
    `);
  }
}
