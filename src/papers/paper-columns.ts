import { TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLSchema } from "graphql";
import type { Paper } from "./paper.entity.js";

/** The columns of papers that a reader needs; null is all of them. */
export type PaperColumns = ReadonlySet<keyof Paper> | null;

/** Every paper has these: loaders and global ids go by them. */
const ALWAYS: readonly (keyof Paper)[] = ["key", "externalId"];

/** What fields read that are not a column of their name. A field that stands in neither list reads all columns. */
const READ_BY_FIELD: Partial<Record<string, readonly (keyof Paper)[]>> = {
  __typename: [],
  id: [],
  arxivId: [],
  pdfUrl: [],
  viewerHasUpvoted: [],
  comments: [],
  related: [],
  url: ["title"],
  authors: ["authorKeys", "namesVersion"],
  authorships: ["authorKeys", "namesVersion"],
  organisations: ["organisationKeys", "namesVersion"],
  tags: ["tagKeys", "namesVersion"],
  submittedBy: ["submittedByKey"],
  citation: ["title", "abstract", "publishedAt", "venue", "authorKeys", "tagKeys", "namesVersion"],
};

const OWN_COLUMNS = new Set<string>([
  "externalId",
  "title",
  "abstract",
  "aiSummary",
  "authorCount",
  "publishedAt",
  "submittedAt",
  "upvoteCount",
  "commentCount",
  "importedCommentCount",
  "codeUrl",
  "codeStars",
  "projectUrl",
  "mediaUrls",
  "thumbnailUrl",
  "venue",
  "citationCount",
] satisfies (keyof Paper)[]);

/** What `PaperEdge.highlights` searches. */
const HIGHLIGHTED: readonly (keyof Paper)[] = [
  "title",
  "abstract",
  "authorKeys",
  "tagKeys",
  "organisationKeys",
  "namesVersion",
];

/** @returns the columns that a document's fields read of any paper in it. */
export function columnsOfDocument(schema: GraphQLSchema, document: DocumentNode): PaperColumns {
  const columns = new Set(ALWAYS);
  const unknown: string[] = [];
  const types = new TypeInfo(schema);
  const add = (read: readonly (keyof Paper)[]) => {
    for (const column of read) columns.add(column);
  };
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name: { value: field } }) {
        const parent = types.getParentType()?.name;
        if (parent === "PaperEdge" && field === "highlights") add(HIGHLIGHTED);
        if (parent !== "Paper") return;
        const read = OWN_COLUMNS.has(field) ? [field as keyof Paper] : READ_BY_FIELD[field];
        if (read) add(read);
        else unknown.push(field);
      },
    }),
  );
  return unknown.length ? null : columns;
}
