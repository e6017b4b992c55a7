import { Field, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../shared/node.js";
import { DateTime } from "../shared/scalars.js";

@Entity("comments", { synchronize: false })
@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "A comment on a paper, or a reply to one.",
})
export class Comment implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    return globalId("Comment", this.key);
  }

  @Column("integer", { name: "paper_id" })
  paperKey: number;

  /** Null once deleted together with its author. */
  @Column("integer", { name: "author_id", nullable: true })
  authorKey: number | null;

  @Column("integer", { name: "parent_id", nullable: true })
  parentKey: number | null;

  @Column("text", { nullable: true })
  @Field(() => String, {
    nullable: true,
    description: "The text, in Markdown; null once the comment is deleted.",
  })
  body: string | null;

  @Column("timestamptz", { name: "created_at" })
  @Field(() => DateTime, { description: "When the comment was written." })
  createdAt: Date;

  @Column("timestamptz", { name: "updated_at" })
  @Field(() => DateTime, { description: "When the comment was last changed: written or deleted." })
  updatedAt: Date;

  @Column("timestamptz", { name: "deleted_at", nullable: true })
  deletedAt: Date | null;
}
