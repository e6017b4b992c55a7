import type { Paper } from "../papers/paper.entity.js";

/** A paper with the names that belong to it, in the order of its source. */
export interface ExportedPaper {
  paper: Paper;
  tags: string[];
  organisations: string[];
  organisationSlugs: string[];
  authors: string[];
  /** Who put it into Daily Papers, by user name. */
  submittedBy: string | null;
}

export type ColumnValue = string | number | Date | string[] | null;

export interface Column {
  name: string;
  type: "text" | "integer" | "timestamp" | "list";
  required?: true;
  of: (exported: ExportedPaper) => ColumnValue;
}

/** The columns of NDJSON, CSV and Parquet; those that `analytics.papers` has too have the same names there. */
export const COLUMNS: readonly Column[] = [
  { name: "id", type: "text", required: true, of: ({ paper }) => paper.externalId },
  { name: "title", type: "text", required: true, of: ({ paper }) => paper.title },
  { name: "abstract", type: "text", of: ({ paper }) => paper.abstract },
  { name: "ai_summary", type: "text", of: ({ paper }) => paper.aiSummary },
  { name: "published_at", type: "timestamp", required: true, of: ({ paper }) => paper.publishedAt },
  { name: "submitted_at", type: "timestamp", of: ({ paper }) => paper.submittedAt },
  { name: "submitted_by", type: "text", of: ({ submittedBy }) => submittedBy },
  { name: "upvotes", type: "integer", required: true, of: ({ paper }) => paper.upvoteCount },
  { name: "comments", type: "integer", required: true, of: ({ paper }) => paper.commentCount },
  { name: "citations", type: "integer", of: ({ paper }) => paper.citationCount },
  { name: "venue", type: "text", of: ({ paper }) => paper.venue },
  { name: "tags", type: "list", required: true, of: ({ tags }) => tags },
  { name: "organisations", type: "list", required: true, of: ({ organisations }) => organisations },
  {
    name: "organisation_slugs",
    type: "list",
    required: true,
    of: ({ organisationSlugs }) => organisationSlugs,
  },
  { name: "authors", type: "list", required: true, of: ({ authors }) => authors },
  { name: "author_count", type: "integer", required: true, of: ({ paper }) => paper.authorCount },
  { name: "url", type: "text", required: true, of: ({ paper }) => paper.url },
  { name: "pdf_url", type: "text", of: ({ paper }) => paper.pdfUrl },
  { name: "project_url", type: "text", of: ({ paper }) => paper.projectUrl },
  { name: "code_url", type: "text", of: ({ paper }) => paper.codeUrl },
  { name: "code_stars", type: "integer", of: ({ paper }) => paper.codeStars },
  { name: "thumbnail_url", type: "text", of: ({ paper }) => paper.thumbnailUrl },
  { name: "media_urls", type: "list", required: true, of: ({ paper }) => paper.mediaUrls },
];
