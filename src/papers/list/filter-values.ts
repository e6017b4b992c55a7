import { authorNameOfSlug } from "../../catalogue/authors/author-slug.js";
import { parseGlobalId } from "../../shared/node.js";
import { tagSlug } from "../../catalogue/tags/tag-slug.js";
import { externalIdFrom } from "../paper-identifiers.js";

/** What the values of a filter are compared as, after cleanText. */

export function externalIdOf(id: string): string {
  const parsed = parseGlobalId(id);
  return parsed?.type === "Paper" ? parsed.key : externalIdFrom(id);
}

export function tagSlugOf(text: string): string {
  const parsed = parseGlobalId(text);
  return parsed?.type === "Tag" ? parsed.key : tagSlug(text);
}

export function organisationSlugOf(text: string): string {
  const parsed = parseGlobalId(text);
  return (parsed?.type === "Organisation" ? parsed.key : text).toLowerCase();
}

export function authorNameOf(text: string): string {
  const parsed = parseGlobalId(text);
  return parsed?.type === "Author" ? authorNameOfSlug(parsed.key) : text.trim().replace(/\s+/g, " ");
}
