import { Field, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../shared/node.js";

@Entity("users", { synchronize: false })
@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description:
    "A user of this installation, or a person whom an imported source names as submitter or author (`importedFrom`).",
})
export class User implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    // A person keeps this id when a user of this installation takes the bare name.
    return globalId(
      "User",
      this.importedFrom === null ? this.username : `${this.importedFrom}:${this.handle}`,
    );
  }

  @Column("text")
  @Field(() => String, {
    description:
      "The name in URLs, unique and case-insensitive. An imported person has the name that the source gives, or `huggingface:name` where a user of this installation has that name.",
  })
  username: string;

  @Column("text", { name: "full_name", nullable: true })
  @Field(() => String, { nullable: true, description: "The full name." })
  fullName: string | null;

  @Column("text", { name: "avatar_url", nullable: true })
  avatarUrl: string | null;

  @Column("text", { name: "imported_from", nullable: true })
  @Field(() => String, {
    nullable: true,
    description:
      "The source that names the person, such as `huggingface`; null for a user of this installation. An imported person cannot sign in: they neither upvote nor comment here.",
  })
  importedFrom: string | null;

  /** The name in the source; null for a user of this installation. */
  @Column("text", { nullable: true })
  handle: string | null;

  @Column("boolean", { name: "is_admin" })
  isAdmin: boolean;

  /** What the import said beyond the columns. */
  @Column("jsonb", { nullable: true })
  source: Record<string, unknown> | null;

  @Column("timestamptz", { name: "created_at" })
  createdAt: Date;
}
