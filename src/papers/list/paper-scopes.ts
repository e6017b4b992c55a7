import sql from "sql-template-tag";
import type { Organisation } from "../../catalogue/organisations/organisation.entity.js";
import type { Tag } from "../../catalogue/tags/tag.entity.js";
import type { Author } from "../../catalogue/authors/author.entity.js";
import type { ListPlace } from "./paper-list.js";

/** The list of all papers. */
export const ALL_PAPERS: ListPlace = { kind: "papers" };

export function papersOfOrganisation({ key }: Organisation): ListPlace {
  return {
    kind: "organisation",
    scope: (parent) => sql`p.organisation_ids @> ARRAY[${parent}]`,
    sizeOf: (parent) => sql`(SELECT paper_count FROM organisations WHERE id = ${parent})`,
    parent: key,
  };
}

export function papersOfTag({ key }: Tag): ListPlace {
  return {
    kind: "tag",
    scope: (parent) => sql`p.tag_ids @> ARRAY[${parent}]`,
    sizeOf: (parent) => sql`(SELECT paper_count FROM tags WHERE id = ${parent})`,
    parent: key,
  };
}

export function papersOfAuthor({ key }: Author): ListPlace {
  return {
    kind: "author",
    scope: (parent) => sql`p.author_ids @> ARRAY[${parent}]`,
    sizeOf: (parent) => sql`(SELECT paper_count FROM authors WHERE id = ${parent})`,
    parent: key,
  };
}
