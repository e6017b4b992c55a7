import type pg from "pg";
import { raw } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { tagSlug } from "../../catalogue/tags/tag-slug.js";
import type { BatchPaper } from "../parse/batches.js";
import { copyRows, type CopyValue } from "./copy-text.js";
import {
  mergedOrganisations,
  mergedUsers,
  type OrganisationRecord,
  type PaperRecord,
  type UserRecord,
} from "../parse/imported-paper.js";

/** A temporary table that rows of a batch are copied into: of each column, its type and what it holds. */
interface StagingTable<Row> {
  name: string;
  columns: Record<string, readonly [type: string, of: (row: Row, position: number) => CopyValue]>;
}

/** A paper of a batch with the id under which it is stored already. */
export interface StagedPaper extends BatchPaper {
  paperId: number | null;
}

const STAGED_PAPERS: StagingTable<StagedPaper> = {
  name: "staged_papers",
  columns: {
    position: ["integer", (_, position) => position],
    external_id: ["text", ({ record }) => record.externalId],
    known_id: ["integer", ({ paperId }) => paperId],
    record_hash: ["bigint", ({ hash }) => hash],
    title: ["text", ({ record }) => record.title],
    published_at: ["timestamptz", ({ record }) => record.publishedAt],
    submitted_at: ["timestamptz", ({ record }) => record.submittedAt],
    submitter: ["text", ({ record }) => record.submitter],
    author_count: ["integer", ({ record }) => record.authorCount],
    upvote_base: ["integer", ({ record }) => record.upvotes],
    comment_base: ["integer", ({ record }) => record.comments],
    code_url: ["text", ({ record }) => record.codeUrl],
    code_stars: ["integer", ({ record }) => record.codeStars],
    project_url: ["text", ({ record }) => record.projectUrl],
    venue: ["text", ({ record }) => record.venue],
    citation_count: ["integer", ({ record }) => record.citations],
    abstract: ["text", ({ record }) => record.abstract],
    ai_summary: ["text", ({ record }) => record.aiSummary],
    keywords: ["text[]", ({ record }) => record.keywords],
    media_urls: ["text[]", ({ record }) => record.mediaUrls],
    thumbnail_url: ["text", ({ record }) => record.thumbnailUrl],
    source: ["jsonb", ({ record }) => record.source],
    organisations: ["text[]", ({ record }) => record.organisations?.map(({ slug }) => slug) ?? null],
    authors: ["text[]", ({ record }) => record.authors?.map(({ name }) => name) ?? null],
    /** Who claimed each place in the list of authors, "" where nobody did; null where nobody did at all. */
    claimants: ["text[]", ({ record }) => claimantsOf(record)],
  },
};

const STAGED_USERS: StagingTable<UserRecord> = {
  name: "staged_users",
  columns: {
    username: ["text", ({ username }) => username],
    full_name: ["text", ({ fullName }) => fullName],
    avatar_url: ["text", ({ avatarUrl }) => avatarUrl],
    source: ["jsonb", ({ source }) => source],
  },
};

const STAGED_ORGANISATIONS: StagingTable<OrganisationRecord> = {
  name: "staged_organisations",
  columns: {
    slug: ["text", ({ slug }) => slug],
    name: ["text", ({ name }) => name],
    avatar_url: ["text", ({ avatarUrl }) => avatarUrl],
    source_id: ["text", ({ sourceId }) => sourceId],
  },
};

const STAGED_TAGS: StagingTable<readonly [spelling: string, slug: string]> = {
  name: "staged_tags",
  columns: {
    position: ["integer", (_, position) => position],
    spelling: ["text", ([spelling]) => spelling],
    slug: ["text", ([, slug]) => slug],
  },
};

/** What the merge finds out about each staged paper; `was_…` is what is stored of it so far. */
const STAGED_LINKS = `
  position integer, is_known boolean, paper_id integer, submitted_by integer, submitter_person integer,
  spellings text[], tag_ids integer[], organisation_ids integer[], author_ids integer[],
  was_spellings text[], was_tag_ids integer[], was_organisation_ids integer[], was_upvotes bigint,
  needs_vector boolean`;

/** Longer keywords are sentences, not tags; they stay keywords. */
const MAX_TAG = 200;

/** A slug can be longer than the name, and is indexed. */
const MAX_SLUG = 600;

/** Makes the temporary tables, for the connection that `db` is on. */
export async function createStaging(db: Database): Promise<void> {
  const definitions = [
    ...[STAGED_PAPERS, STAGED_USERS, STAGED_ORGANISATIONS, STAGED_TAGS].map(definitionOf),
    // Of names whose words are to be counted in search_words, so many times more.
    "staged_names (name_key text, uses bigint)",
    "staged_authors (name text, papers integer, author_id integer)",
    `staged_links (${STAGED_LINKS})`,
    // Organisations whose new name is found by other words.
    "staged_renamed (organisation_id integer)",
    // Papers that the batch changed, at whatever table.
    "staged_changes (paper_id integer)",
  ];
  for (const definition of definitions)
    await db.query("import.createStaging", raw(`CREATE TEMP TABLE ${definition}`));
}

/** Puts a batch into the temporary tables, in place of the one before. */
export async function stage(
  db: Database,
  client: pg.ClientBase,
  papers: readonly StagedPaper[],
): Promise<void> {
  const names = [STAGED_PAPERS, STAGED_USERS, STAGED_ORGANISATIONS, STAGED_TAGS].map(({ name }) => name);
  await db.query(
    "import.clearStaging",
    raw(
      `TRUNCATE ${names.join(", ")}, staged_names, staged_authors, staged_links, staged_renamed, staged_changes`,
    ),
  );
  const records = papers.map(({ record }) => record);
  await copyInto(client, STAGED_PAPERS, papers);
  await copyInto(client, STAGED_USERS, mergedUsers(records.flatMap(({ users }) => users)));
  await copyInto(
    client,
    STAGED_ORGANISATIONS,
    mergedOrganisations(records.flatMap((record) => record.organisations ?? [])),
  );
  await copyInto(client, STAGED_TAGS, slugsOf(records));
  // How many rows there are, and how many of them have an id: much hangs on both.
  await db.query("import.analyzeStaging", raw("ANALYZE staged_papers (position, known_id)"));
}

/** @returns the spellings that are tags, with the slug of each. */
function slugsOf(records: readonly PaperRecord[]): Map<string, string> {
  const slugs = new Map<string, string>();
  for (const { keywords, source } of records) {
    for (const spelling of [...(keywords ?? []), ...((source.tags ?? []) as string[])]) {
      if (slugs.has(spelling)) continue;
      const slug = slugOfTag(spelling);
      if (slug !== null) slugs.set(spelling, slug);
    }
  }
  return slugs;
}

/** @returns null for a spelling that is no tag. */
export function slugOfTag(spelling: string): string | null {
  if (spelling.length > MAX_TAG) return null;
  const slug = tagSlug(spelling);
  return slug && slug.length <= MAX_SLUG ? slug : null;
}

function claimantsOf({ authors }: PaperRecord): string[] | null {
  const claimants = authors?.map(({ username }) => username ?? "");
  return claimants?.some(Boolean) ? claimants : null;
}

function definitionOf({ name, columns }: StagingTable<never>): string {
  const list = Object.entries(columns).map(([column, [type]]) => `${column} ${type}`);
  return `${name} (${list.join(", ")})`;
}

async function copyInto<Row>(
  client: pg.ClientBase,
  table: StagingTable<Row>,
  rows: Iterable<Row>,
): Promise<void> {
  const columns = Object.values(table.columns);
  const encode = function* (): Generator<CopyValue[]> {
    let position = 0;
    for (const row of rows) {
      const at = position++;
      yield columns.map(([, of]) => of(row, at));
    }
  };
  await copyRows(
    client,
    "import.stage",
    `${table.name} (${Object.keys(table.columns).join(", ")})`,
    encode(),
  );
}
