import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * The catalogue. A paper is three rows, parted by who changes them and how often:
 *   papers        what lists are filtered and ordered by; an upvote rewrites this narrow row and nothing else
 *   paper_texts   what is only read back
 *   paper_search  what GIN indexes cover; rewritten by an import alone
 * Links to tags, organisations and authors are arrays of ids in paper_search, in the order of the source: GIN answers
 * "any of" and "all of", and ANALYZE knows how common each id is. There are no foreign keys for array elements, so
 * nothing but the importer writes them and tags, organisations and authors are never deleted.
 */
export class CreateCatalogue1764000100000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE users (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        username text NOT NULL,
        username_key text GENERATED ALWAYS AS (lower(username)) STORED CONSTRAINT users_username_key UNIQUE,
        full_name text,
        avatar_url text,
        is_admin boolean NOT NULL DEFAULT false,
        source jsonb,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON COLUMN users.source IS 'What the import said of the user beyond the columns, as it said it.';

      CREATE TABLE organisations (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        slug text NOT NULL,
        slug_key text GENERATED ALWAYS AS (lower(slug)) STORED CONSTRAINT organisations_slug_key UNIQUE,
        name text NOT NULL,
        name_key text COLLATE "C" GENERATED ALWAYS AS (left(name_key(name), 200)) STORED,
        avatar_url text,
        source_id text,
        paper_count integer NOT NULL DEFAULT 0,
        upvote_count bigint NOT NULL DEFAULT 0
      );
      CREATE INDEX organisations_name_key_idx ON organisations (name_key, id);
      CREATE INDEX organisations_paper_count_idx ON organisations (paper_count, id);
      CREATE INDEX organisations_upvote_count_idx ON organisations (upvote_count, id);
      COMMENT ON COLUMN organisations.source_id IS 'The id that the source gave it.';

      CREATE TABLE tags (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        slug text NOT NULL CONSTRAINT tags_slug_key UNIQUE,
        name text NOT NULL,
        name_key text COLLATE "C" GENERATED ALWAYS AS (left(name_key(name), 200)) STORED,
        paper_count integer NOT NULL DEFAULT 0,
        upvote_count bigint NOT NULL DEFAULT 0
      );
      CREATE INDEX tags_name_key_idx ON tags (name_key, id);
      CREATE INDEX tags_paper_count_idx ON tags (paper_count, id);
      CREATE INDEX tags_upvote_count_idx ON tags (upvote_count, id);
      COMMENT ON COLUMN tags.slug IS 'The name in lower case, white space and hyphens as one hyphen; made by tags/tag-slug.ts.';
      COMMENT ON COLUMN tags.name IS 'The commonest of tag_spellings.';

      -- A spelling has one slug and so one tag.
      CREATE TABLE tag_spellings (
        spelling text PRIMARY KEY,
        tag_id integer NOT NULL REFERENCES tags,
        uses integer NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX tag_spellings_tag_id_idx ON tag_spellings (tag_id);

      CREATE TABLE authors (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL CONSTRAINT authors_name_key UNIQUE,
        name_key text COLLATE "C" GENERATED ALWAYS AS (left(name_key(name), 200)) STORED,
        paper_count integer NOT NULL DEFAULT 0
        -- Every import counts authors and words it knows: with room beside them, their index entries stay as they are.
      ) WITH (fillfactor = 80);
      CREATE INDEX authors_name_key_idx ON authors (name_key, id);

      -- Words of names from their beginnings; search/named-things.ts asks with the same expression.
      CREATE INDEX organisations_words_idx ON organisations
        USING gin (regexp_replace(' ' || name_key || ' ', '[ -/:-@[-\`{-~]+', ' ', 'g') gin_trgm_ops);
      CREATE INDEX tags_words_idx ON tags
        USING gin (regexp_replace(' ' || name_key || ' ', '[ -/:-@[-\`{-~]+', ' ', 'g') gin_trgm_ops);
      CREATE INDEX authors_words_idx ON authors
        USING gin (regexp_replace(' ' || name_key || ' ', '[ -/:-@[-\`{-~]+', ' ', 'g') gin_trgm_ops);
      CREATE INDEX authors_paper_count_idx ON authors (paper_count, id);

      CREATE TABLE papers (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        external_id text NOT NULL CONSTRAINT papers_external_id_key UNIQUE,
        title text NOT NULL,
        title_key text COLLATE "C" GENERATED ALWAYS AS (left(name_key(title), 200)) STORED,
        published_at timestamptz NOT NULL,
        submitted_at timestamptz,
        submitted_by integer REFERENCES users,
        author_count integer NOT NULL DEFAULT 0,
        upvote_base integer NOT NULL DEFAULT 0,
        upvote_local integer NOT NULL DEFAULT 0 CHECK (upvote_local >= 0),
        upvote_count integer GENERATED ALWAYS AS (upvote_base + upvote_local) STORED,
        comment_base integer NOT NULL DEFAULT 0,
        comment_local integer NOT NULL DEFAULT 0 CHECK (comment_local >= 0),
        comment_count integer GENERATED ALWAYS AS (comment_base + comment_local) STORED,
        -- Reddit's "hot": see papers/paper.order.ts for the formula and why.
        trending double precision GENERATED ALWAYS AS (
          log((greatest(upvote_base + upvote_local, 0) + 1)::double precision)
          + extract(epoch FROM (coalesce(submitted_at, published_at) AT TIME ZONE 'UTC'))::double precision / 604800) STORED,
        code_url text,
        code_stars integer,
        project_url text,
        venue text,
        citation_count integer,
        record_hash bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 90);
      CREATE INDEX papers_published_at_idx ON papers (published_at, id);
      CREATE INDEX papers_submitted_at_idx ON papers (submitted_at, id);
      CREATE INDEX papers_upvote_count_idx ON papers (upvote_count, id);
      CREATE INDEX papers_comment_count_idx ON papers (comment_count, id);
      CREATE INDEX papers_trending_idx ON papers (trending, id);
      CREATE INDEX papers_code_stars_idx ON papers (code_stars, id);
      CREATE INDEX papers_citation_count_idx ON papers (citation_count, id);
      CREATE INDEX papers_title_key_idx ON papers (title_key, id);
      CREATE INDEX papers_submitted_by_idx ON papers (submitted_by, submitted_at) WHERE submitted_by IS NOT NULL;
      CREATE INDEX papers_venue_idx ON papers (venue);
      COMMENT ON COLUMN papers.external_id IS 'The arXiv id without version, or the id that the source uses.';
      COMMENT ON COLUMN papers.upvote_base IS 'Upvotes that came with the import; upvote_local counts rows of upvotes.';
      COMMENT ON COLUMN papers.record_hash IS 'Tells whether a line says exactly what was imported of the paper last: see import/paper-record.ts.';
      COMMENT ON COLUMN papers.comment_base IS 'Comments that came with the import; comment_local counts rows of comments that are not deleted.';

      CREATE TABLE paper_texts (
        paper_id integer PRIMARY KEY REFERENCES papers ON DELETE CASCADE,
        abstract text,
        ai_summary text,
        keywords text[] NOT NULL DEFAULT '{}',
        media_urls text[] NOT NULL DEFAULT '{}',
        thumbnail_url text,
        source jsonb
      );
      COMMENT ON COLUMN paper_texts.keywords IS 'The keywords in the spelling of the source, in its order.';
      COMMENT ON COLUMN paper_texts.source IS 'What the import said beyond the columns, as it said it.';

      CREATE TABLE paper_search (
        paper_id integer PRIMARY KEY REFERENCES papers ON DELETE CASCADE,
        tag_ids integer[] NOT NULL DEFAULT '{}',
        organisation_ids integer[] NOT NULL DEFAULT '{}',
        author_ids integer[] NOT NULL DEFAULT '{}',
        tsv tsvector NOT NULL
      ) WITH (toast_tuple_target = 8160);
      -- Neither compressed nor out of line as long as a page holds it: ranking reads many rows.
      ALTER TABLE paper_search ALTER COLUMN tsv SET STORAGE EXTERNAL;
      -- ANALYZE then keeps thousands of lexemes with their document frequencies, and of ids with theirs.
      ALTER TABLE paper_search ALTER COLUMN tsv SET STATISTICS 1000;
      ALTER TABLE paper_search ALTER COLUMN tag_ids SET STATISTICS 500;
      ALTER TABLE paper_search ALTER COLUMN organisation_ids SET STATISTICS 500;
      -- With fastupdate, an import appends to the pending list and sorts that into the index once a batch, which is
      -- nine times faster than row by row and, unlike dropping the index, stops no reader. Nobody else writes here.
      CREATE INDEX paper_search_tsv_idx ON paper_search USING gin (tsv);
      CREATE INDEX paper_search_tag_ids_idx ON paper_search USING gin (tag_ids);
      CREATE INDEX paper_search_organisation_ids_idx ON paper_search USING gin (organisation_ids);
      CREATE INDEX paper_search_author_ids_idx ON paper_search USING gin (author_ids);
      COMMENT ON COLUMN paper_search.tsv IS 'Weights: A title, B tags and organisations, C authors, D abstract.';

      CREATE TABLE author_claims (
        paper_id integer NOT NULL REFERENCES papers ON DELETE CASCADE,
        position integer NOT NULL,
        user_id integer NOT NULL REFERENCES users,
        PRIMARY KEY (paper_id, position)
      );
      CREATE INDEX author_claims_user_id_idx ON author_claims (user_id);
      COMMENT ON TABLE author_claims IS 'Which place in a paper''s list of authors (from 1) belongs to which user.';

      CREATE TABLE search_words (
        word text COLLATE "C" PRIMARY KEY,
        uses integer NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX search_words_word_trgm_idx ON search_words USING gin (word gin_trgm_ops);
      COMMENT ON TABLE search_words IS 'Words of titles, tags, organisations and authors, for suggestions of what was meant.';

      CREATE VIEW paper_records AS
        SELECT p.*, t.abstract, t.ai_summary, t.keywords, t.media_urls, t.thumbnail_url, t.source,
               s.tag_ids, s.organisation_ids, s.author_ids, s.tsv
        FROM papers p LEFT JOIN paper_texts t ON t.paper_id = p.id LEFT JOIN paper_search s ON s.paper_id = p.id;
      COMMENT ON VIEW paper_records IS
        'A paper whole. The left joins let the planner leave out the parts that a statement does not use.';

      CREATE VIEW paper_matches AS
        SELECT s.paper_id AS id, s.tag_ids, s.organisation_ids, s.author_ids, s.tsv, p.external_id, p.title_key,
               p.published_at, p.submitted_at, p.submitted_by, p.upvote_count, p.comment_count, p.trending, p.code_url,
               p.code_stars, p.project_url, p.venue, p.citation_count
        FROM paper_search s LEFT JOIN papers p ON p.id = s.paper_id;
      COMMENT ON VIEW paper_matches IS
        'What papers are found and ordered by, from the side of the search row: a search that uses nothing of papers never reads it.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP VIEW paper_matches, paper_records;
      DROP TABLE search_words, author_claims, paper_search, paper_texts, papers, authors, tag_spellings, tags, organisations, users;
    `);
  }
}
