import { Field, Int, ObjectType } from "type-graphql";
import { ViewColumn, ViewEntity } from "typeorm";
import { Node, globalId } from "../shared/node.js";
import { DateTime } from "../shared/scalars.js";
import { arxivIdOf, pdfUrlOf, urlOf } from "./paper-identifiers.js";

/** One row of the view paper_records. Columns without @Field are for the server alone. */
@ViewEntity({ name: "paper_records", synchronize: false })
@ObjectType({ simpleResolvers: true, implements: Node, description: "A research paper." })
export class Paper implements Node {
  @ViewColumn({ name: "id" })
  key: number;

  @ViewColumn({ name: "external_id" })
  @Field(() => String, {
    description:
      "The id that the paper's source uses: its arXiv id without version, an ACL Anthology id, or another.",
  })
  externalId: string;

  get id(): string {
    return globalId("Paper", this.externalId);
  }

  @Field(() => String, {
    nullable: true,
    description: "The arXiv id without version; null for a paper that is not on arXiv.",
  })
  get arxivId(): string | null {
    return arxivIdOf(this.externalId);
  }

  @Field(() => String, {
    description:
      "The paper's page: on arXiv or in the ACL Anthology; where none is known, a search for its title in Google Scholar.",
  })
  get url(): string {
    return urlOf(this.externalId, this.title);
  }

  @Field(() => String, { nullable: true, description: "The URL of the PDF; null if it is not known." })
  get pdfUrl(): string | null {
    return pdfUrlOf(this.externalId);
  }

  @ViewColumn()
  @Field(() => String, { description: "The title." })
  title: string;

  @ViewColumn()
  @Field(() => String, { nullable: true, description: "The abstract." })
  abstract: string | null;

  @ViewColumn({ name: "ai_summary" })
  @Field(() => String, {
    nullable: true,
    description: "A summary of one or two sentences, written by a language model.",
  })
  aiSummary: string | null;

  @ViewColumn({ name: "author_count" })
  @Field(() => Int, {
    description:
      "The number of authors; greater than the length of `authors` where the source gives only the number.",
  })
  authorCount: number;

  @ViewColumn({ name: "published_at" })
  @Field(() => DateTime, { description: "When the paper was published." })
  publishedAt: Date;

  @ViewColumn({ name: "submitted_at" })
  @Field(() => DateTime, {
    nullable: true,
    description: "When the paper was put into Daily Papers; null when it was not.",
  })
  submittedAt: Date | null;

  @ViewColumn({ name: "submitted_by" })
  submittedByKey: number | null;

  @ViewColumn({ name: "upvote_count" })
  @Field(() => Int, { description: "The number of upvotes: imported ones and those given here." })
  upvoteCount: number;

  @ViewColumn({ name: "comment_count" })
  @Field(() => Int, {
    description: "The number of comments: imported ones and those written here, without deleted ones.",
  })
  commentCount: number;

  @ViewColumn({ name: "comment_base" })
  @Field(() => Int, {
    description:
      "How many of `commentCount` came with the import. Only their number is known: they are not in `comments`.",
  })
  importedCommentCount: number;

  @ViewColumn({ name: "code_url" })
  @Field(() => String, { nullable: true, description: "The paper's code repository." })
  codeUrl: string | null;

  @ViewColumn({ name: "code_stars" })
  @Field(() => Int, {
    nullable: true,
    description: "The stars of the code repository, from the imported source.",
  })
  codeStars: number | null;

  @ViewColumn({ name: "project_url" })
  @Field(() => String, { nullable: true, description: "The paper's project page." })
  projectUrl: string | null;

  @ViewColumn({ name: "media_urls" })
  @Field(() => [String], { description: "Images and videos that show the paper." })
  mediaUrls: string[];

  @ViewColumn({ name: "thumbnail_url" })
  @Field(() => String, { nullable: true, description: "A preview image." })
  thumbnailUrl: string | null;

  @ViewColumn()
  @Field(() => String, {
    nullable: true,
    description: "Where the paper was published: a conference with its year, `arXiv`, …",
  })
  venue: string | null;

  @ViewColumn({ name: "citation_count" })
  @Field(() => Int, { nullable: true, description: "The number of citations, from the imported source." })
  citationCount: number | null;

  @ViewColumn({ name: "tag_ids" })
  tagKeys: number[];

  @ViewColumn({ name: "organisation_ids" })
  organisationKeys: number[];

  @ViewColumn({ name: "author_ids" })
  authorKeys: number[];

  /** Of the names of tags, organisations and authors, when the paper was read: see link.store.ts. */
  @ViewColumn({ name: "names_version" })
  namesVersion: number;
}
