import { createHash } from "node:crypto";
import type { JsonObject } from "./json.js";

/** What a line says of a user. */
export interface UserRecord {
  username: string;
  fullName: string | null;
  avatarUrl: string | null;
  source: JsonObject;
}

export interface OrganisationRecord {
  slug: string;
  name: string | null;
  avatarUrl: string | null;
  sourceId: string | null;
}

export interface AuthorRecord {
  name: string;
  /** Who claimed this place in the list of authors. */
  username: string | null;
}

/** What a line says of a paper. null is unknown and leaves what is stored; an empty list is known to be empty. */
export interface PaperRecord {
  externalId: string;
  title: string;
  publishedAt: string;
  submittedAt: string | null;
  submitter: string | null;
  /** The source's own count; see `authors`. */
  authorCount: number | null;
  upvotes: number | null;
  comments: number | null;
  codeUrl: string | null;
  codeStars: number | null;
  projectUrl: string | null;
  venue: string | null;
  citations: number | null;
  abstract: string | null;
  aiSummary: string | null;
  keywords: string[] | null;
  mediaUrls: string[] | null;
  thumbnailUrl: string | null;
  /** What no column holds. Also `tags`, which tags are made of like keywords. */
  source: JsonObject;
  organisations: OrganisationRecord[] | null;
  /** Never empty: no paper is without authors, so a source that lists none does not know them. */
  authors: AuthorRecord[] | null;
  /** Everybody the line tells of: who submitted the paper, who claimed a place among its authors. */
  users: UserRecord[];
}

/** To be raised when the importer makes something else of the same line, so that papers it knows are read anew. */
const REVISION = 2;

/** @returns a signed 64-bit integer that is another one, as good as surely, when the record says anything else. */
export function hashOf(record: PaperRecord): bigint {
  return createHash("md5")
    .update(`${REVISION}${JSON.stringify(record)}`)
    .digest()
    .readBigInt64BE();
}

/** @returns what two lines about one paper say one after the other: the later one wins where it says something. */
export function overlaid(earlier: PaperRecord, later: PaperRecord): PaperRecord {
  // What was said of each author place by place goes with the list that it was said of.
  const source = { ...earlier.source, ...later.source };
  if (later.authors && !later.source.authors) delete source.authors;
  return {
    ...earlier,
    ...said(later),
    source,
    users: mergedUsers([...earlier.users, ...later.users]),
  };
}

/** @returns each user once, letter case aside, with the latest of what was said. */
export function mergedUsers(users: readonly UserRecord[]): UserRecord[] {
  const merged = new Map<string, UserRecord>();
  for (const user of users) {
    const key = user.username.toLowerCase();
    const earlier = merged.get(key) ?? user;
    const source = { ...earlier.source, ...user.source };
    merged.set(key, { ...earlier, ...said(user), username: earlier.username, source });
  }
  return [...merged.values()];
}

/** @returns each organisation once, letter case aside, with the latest of what was said. */
export function mergedOrganisations(organisations: readonly OrganisationRecord[]): OrganisationRecord[] {
  const merged = new Map<string, OrganisationRecord>();
  for (const organisation of organisations) {
    const key = organisation.slug.toLowerCase();
    const earlier = merged.get(key) ?? organisation;
    merged.set(key, { ...earlier, ...said(organisation), slug: earlier.slug });
  }
  return [...merged.values()];
}

function said<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null)) as Partial<T>;
}
