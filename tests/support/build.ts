import sql from "sql-template-tag";
import type { Database } from "../../src/platform/database/database.js";
import { searchVector } from "../../src/import/merge/search-vector.js";
import { globalId } from "../../src/shared/node.js";
import { tagSlug } from "../../src/catalogue/tags/tag-slug.js";

/** Everything has a default: a test names only what matters to it. */
export interface PaperParts {
  externalId?: string;
  title?: string;
  abstract?: string | null;
  aiSummary?: string | null;
  /** Names; what they lack in the database is made. */
  tags?: string[];
  /** Names; the slug is the name in lower case with hyphens. */
  organisations?: string[];
  /** Names; with a user's key for a place that the user claims. */
  authors?: (string | { name: string; user: number })[];
  /** As many as `authors` unless given. */
  authorCount?: number;
  publishedAt?: string | Date;
  submittedAt?: string | Date | null;
  /** A user's key. */
  submittedBy?: number | null;
  /** Those that came with the import. */
  upvotes?: number;
  /** Those that came with the import. */
  comments?: number;
  codeUrl?: string | null;
  codeStars?: number | null;
  projectUrl?: string | null;
  mediaUrls?: string[];
  thumbnailUrl?: string | null;
  venue?: string | null;
  citations?: number | null;
}

export interface UserParts {
  username?: string;
  fullName?: string | null;
  avatarUrl?: string | null;
  isAdmin?: boolean;
}

export interface BuiltPaper {
  key: number;
  id: string;
  externalId: string;
}

export interface BuiltUser {
  key: number;
  id: string;
  username: string;
}

let built = 0;

/** Makes a paper as the importer would: with its texts, search row, tags, organisations and authors, counts kept. */
export async function buildPaper(db: Database, parts: PaperParts = {}): Promise<BuiltPaper> {
  const number = ++built;
  const externalId = parts.externalId ?? `2501.${String(number).padStart(5, "0")}`;
  const title = parts.title ?? `Paper ${number}`;
  const authors = (parts.authors ?? []).map((author) =>
    typeof author === "string" ? { name: author, user: null } : author,
  );
  const key = await db.transaction(async (tx) => {
    const paper = await insertPaper(tx, externalId, title, authors.length, parts);
    await tx.query(
      "build.texts",
      sql`INSERT INTO paper_texts (paper_id, abstract, ai_summary, keywords, media_urls, thumbnail_url)
          VALUES (${paper}, ${parts.abstract ?? null}, ${parts.aiSummary ?? null}, ${parts.tags ?? []},
                  ${parts.mediaUrls ?? []}, ${parts.thumbnailUrl ?? null})`,
    );
    await insertSearchRow(
      tx,
      paper,
      title,
      authors.map(({ name }) => name),
      parts,
    );
    for (const [index, { user }] of authors.entries()) {
      if (user !== null)
        await tx.query(
          "build.claim",
          sql`INSERT INTO author_claims VALUES (${paper}, ${index + 1}, ${user})`,
        );
    }
    return paper;
  });
  return { key, id: globalId("Paper", externalId), externalId };
}

export async function buildUser(db: Database, parts: UserParts = {}): Promise<BuiltUser> {
  const username = parts.username ?? `user-${++built}`;
  const row = await db.first<{ id: number }>(
    "build.user",
    sql`INSERT INTO users (username, full_name, avatar_url, is_admin)
        VALUES (${username}, ${parts.fullName ?? null}, ${parts.avatarUrl ?? null}, ${parts.isAdmin ?? false})
        RETURNING id`,
  );
  return { key: row!.id, id: globalId("User", username), username };
}

async function insertPaper(
  db: Database,
  externalId: string,
  title: string,
  authors: number,
  parts: PaperParts,
): Promise<number> {
  const row = await db.first<{ id: number }>(
    "build.paper",
    sql`INSERT INTO papers (external_id, title, published_at, submitted_at, submitted_by, author_count, upvote_base,
                            comment_base, code_url, code_stars, project_url, venue, citation_count)
        VALUES (${externalId}, ${title}, ${parts.publishedAt ?? "2025-01-01T00:00:00Z"}, ${parts.submittedAt ?? null},
                ${parts.submittedBy ?? null}, ${parts.authorCount ?? authors}, ${parts.upvotes ?? 0},
                ${parts.comments ?? 0}, ${parts.codeUrl ?? null}, ${parts.codeStars ?? null},
                ${parts.projectUrl ?? null}, ${parts.venue ?? null}, ${parts.citations ?? null})
        RETURNING id`,
  );
  return row!.id;
}

async function insertSearchRow(
  db: Database,
  paper: number,
  title: string,
  authors: string[],
  { tags = [], organisations = [], abstract, upvotes = 0 }: PaperParts,
): Promise<void> {
  const tagIds = await linkTags(db, tags, upvotes);
  const organisationIds = await linkOrganisations(db, organisations, upvotes);
  const authorIds = await linkAuthors(db, authors);
  const vector = searchVector({
    title: sql`${title}`,
    abstract: sql`${abstract ?? null}::text`,
    spellings: sql`${tags}::text[]`,
    organisationIds: sql`${organisationIds}::integer[]`,
    authorIds: sql`${authorIds}::integer[]`,
  });
  await db.query(
    "build.search",
    sql`INSERT INTO paper_search (paper_id, tag_ids, organisation_ids, author_ids, tsv)
        VALUES (${paper}, ${tagIds}, ${organisationIds}, ${authorIds}, ${vector})`,
  );
}

async function linkTags(db: Database, names: string[], upvotes: number): Promise<number[]> {
  const slugs = new Map(names.map((name) => [tagSlug(name), name]));
  const rows = await db.query<{ id: number; slug: string }>(
    "build.tags",
    sql`INSERT INTO tags (slug, name, paper_count, upvote_count)
        SELECT slug, name, 1, ${upvotes}::bigint
        FROM unnest(${[...slugs.keys()]}::text[], ${[...slugs.values()]}::text[]) AS given(slug, name) ORDER BY slug
        ON CONFLICT (slug) DO UPDATE SET paper_count = tags.paper_count + 1,
          upvote_count = tags.upvote_count + excluded.upvote_count
        RETURNING id, slug`,
  );
  const ids = idsInOrder([...slugs.keys()], new Map(rows.map(({ id, slug }) => [slug, id])));
  await db.query(
    "build.spellings",
    sql`INSERT INTO tag_spellings (tag_id, spelling, uses)
        SELECT tag_id, spelling, 1 FROM unnest(${ids}::integer[], ${[...slugs.values()]}::text[]) AS given(tag_id, spelling)
        ON CONFLICT (spelling) DO UPDATE SET uses = tag_spellings.uses + 1`,
  );
  return ids;
}

async function linkOrganisations(db: Database, names: string[], upvotes: number): Promise<number[]> {
  const slugs = new Map(names.map((name) => [name.toLowerCase().replace(/\s+/g, "-"), name]));
  const rows = await db.query<{ id: number; slug: string }>(
    "build.organisations",
    sql`INSERT INTO organisations (slug, name, paper_count, upvote_count)
        SELECT slug, name, 1, ${upvotes}::bigint
        FROM unnest(${[...slugs.keys()]}::text[], ${[...slugs.values()]}::text[]) AS given(slug, name) ORDER BY slug
        ON CONFLICT (slug_key) DO UPDATE SET paper_count = organisations.paper_count + 1,
          upvote_count = organisations.upvote_count + excluded.upvote_count
        RETURNING id, slug_key AS slug`,
  );
  return idsInOrder([...slugs.keys()], new Map(rows.map(({ id, slug }) => [slug, id])));
}

async function linkAuthors(db: Database, names: string[]): Promise<number[]> {
  const rows = await db.query<{ id: number; name: string }>(
    "build.authors",
    sql`INSERT INTO authors (name, paper_count)
        SELECT DISTINCT name, 1 FROM unnest(${names}::text[]) AS given(name) ORDER BY name
        ON CONFLICT (name) DO UPDATE SET paper_count = authors.paper_count + 1
        RETURNING id, name`,
  );
  return idsInOrder(names, new Map(rows.map(({ id, name }) => [name, id])));
}

function idsInOrder(names: string[], ids: Map<string, number>): number[] {
  return names.map((name) => ids.get(name)!);
}
