import { externalIdFrom } from "../../papers/paper-identifiers.js";
import {
  MAX_AUTHORS,
  MAX_KEYWORDS,
  MAX_MEDIA,
  MAX_ORGANISATIONS,
  MAX_SOURCE,
  MAX_TITLE,
} from "../../papers/paper-limits.js";
import { Fields, Rejection } from "./fields.js";
import { isObject, kindOf, parseJson, type JsonObject } from "./json.js";
import {
  mergedOrganisations,
  mergedUsers,
  type AuthorRecord,
  type OrganisationRecord,
  type PaperRecord,
  type UserRecord,
} from "./imported-paper.js";

// Ids, venues and names are indexed: an entry of a B-tree must stay below 2,700 bytes, and a character takes up to four.
const MAX_ID = 200;
const MAX_NAME = 600;
const MAX_KEYWORD = 2_000;

/**
 * Reads one line in the shape of Hugging Face's daily papers. What the paper itself does not say may stand beside it,
 * at the top level: older items have it there.
 * @throws Rejection with the reason why the line cannot be taken.
 */
export function readPaper(line: string): PaperRecord {
  const item = new Fields(parsed(line), "");
  const paper = item.fields("paper");
  if (!paper) throw item.missing("paper");
  const either = <T>(read: (fields: Fields) => T | null): T | null => {
    const own = read(paper);
    const beside = read(item);
    return own ?? beside;
  };
  const externalId = externalIdFrom(paper.line("id", MAX_ID) ?? "");
  const title = either((fields) => fields.line("title", MAX_TITLE));
  const publishedAt = either((fields) => fields.moment("publishedAt"));
  if (!externalId) throw paper.missing("id");
  if (!title) throw paper.missing("title");
  if (!publishedAt) throw paper.missing("publishedAt");
  const submitters = [item.fields("submittedBy"), paper.fields("submittedOnDailyBy")].map(readUser);
  const authors = readAuthors(paper.list("authors", MAX_AUTHORS));
  const tags = item.lines("tags", MAX_KEYWORD, MAX_KEYWORDS);
  return {
    externalId,
    title,
    publishedAt,
    submittedAt: paper.moment("submittedOnDailyAt") ?? submittedBeside(item, publishedAt),
    submitter: (submitters[1] ?? submitters[0])?.username ?? null,
    authorCount: item.count("authorsCount"),
    upvotes: paper.count("upvotes"),
    comments: item.count("numComments"),
    codeUrl: paper.url("githubRepo"),
    codeStars: paper.count("githubStars"),
    projectUrl: paper.url("projectPage"),
    venue: item.line("venue", MAX_NAME),
    citations: item.count("citations"),
    abstract: either((fields) => fields.text("summary")),
    aiSummary: paper.text("ai_summary"),
    keywords: paper.lines("ai_keywords", MAX_KEYWORD, MAX_KEYWORDS),
    mediaUrls: either(readMedia),
    thumbnailUrl: item.url("thumbnail"),
    organisations: readOrganisations([item, paper]),
    authors: authors.list,
    users: mergedUsers([...submitters, ...authors.users].filter((user) => user !== null)),
    source: bounded({
      ...item.rest(isOurs),
      ...paper.rest(isOurs),
      ...(authors.source && { authors: authors.source }),
      ...(tags && { tags }),
    }),
  };
}

/**
 * Until March 2025 `publishedAt` beside the paper was the moment at which it was put into Daily Papers; since then it is
 * the paper's own, in New York's time or the same.
 */
function submittedBeside(item: Fields, publishedAt: string): string | null {
  const beside = item.moment("publishedAt");
  return beside !== null && beside > publishedAt ? beside : null;
}

function bounded(source: JsonObject): JsonObject {
  if (JSON.stringify(source).length > MAX_SOURCE)
    throw new Rejection(
      `the keys that are kept as they came have more than ${MAX_SOURCE} characters of JSON`,
    );
  return source;
}

/** Keys with an underscore are notes of whoever made the file; only inside authors and users `_id` is the source's. */
function isOurs(key: string): boolean {
  return key.startsWith("_");
}

function parsed(line: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    const place = /at position \d+/.exec(String(error))?.[0];
    throw new Rejection(place ? `not JSON (${place})` : "not JSON");
  }
  if (!isObject(value)) throw new Rejection(`${kindOf(value)}, not an object`);
  return value;
}

function readMedia(fields: Fields): string[] | null {
  const one = fields.url("mediaUrl");
  return fields.urls("mediaUrls", MAX_MEDIA) ?? (one === null ? null : [one]);
}

/** The handle is in `user`, or else in `name`. A user without one cannot be told from others: null. */
function readUser(fields: Fields | null): UserRecord | null {
  if (!fields) return null;
  const name = fields.line("name", MAX_NAME);
  const username = fields.line("user", MAX_NAME) ?? name;
  if (username === null) return null;
  return {
    username,
    fullName: fields.line("fullname", MAX_NAME),
    avatarUrl: fields.avatar("avatarUrl"),
    source: fields.rest(),
  };
}

/** `organization` first, then `organizations`. */
function readOrganisations(places: readonly Fields[]): OrganisationRecord[] | null {
  const single = places.map((fields) => fields.fields("organization")).filter((fields) => fields !== null);
  const lists = places
    .map((fields) => fields.list("organizations", MAX_ORGANISATIONS))
    .filter((list) => list !== null);
  if (!single.length && !lists.length) return null;
  const organisations = mergedOrganisations([...single, ...lists.flat()].map(readOrganisation));
  if (organisations.length > MAX_ORGANISATIONS)
    throw new Rejection(`the paper has more than ${MAX_ORGANISATIONS} organisations`);
  return organisations;
}

function readOrganisation(fields: Fields): OrganisationRecord {
  const slug = fields.line("name", MAX_NAME);
  if (slug === null) throw fields.missing("name");
  return {
    slug,
    name: fields.line("fullname", MAX_NAME),
    avatarUrl: fields.avatar("avatar"),
    sourceId: fields.line("_id", MAX_ID),
  };
}

interface Authors {
  list: AuthorRecord[] | null;
  users: UserRecord[];
  /** What each author has beyond name and user, place by place; null when that is nothing at all. */
  source: JsonObject[] | null;
}

/** Entries without a name are left out; authors that the source hides stay, with the mark in `source`. */
function readAuthors(entries: readonly Fields[] | null): Authors {
  const authors = (entries ?? []).map(readAuthor).filter((author) => author !== null);
  return {
    list: authors.length
      ? authors.map(({ name, user }) => ({ name, username: user?.username ?? null }))
      : null,
    users: authors.map(({ user }) => user).filter((user) => user !== null),
    source: authors.some(({ source }) => Object.keys(source).length)
      ? authors.map(({ source }) => source)
      : null,
  };
}

function readAuthor(fields: Fields): { name: string; user: UserRecord | null; source: JsonObject } | null {
  const name = fields.line("name", MAX_NAME);
  const user = readUser(fields.fields("user"));
  // Nearly all authors are not hidden: that goes without saying.
  const { hidden, ...source } = fields.rest();
  return name === null ? null : { name, user, source: hidden === true ? { hidden, ...source } : source };
}
