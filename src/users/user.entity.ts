import { Field, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../shared/node.js";

@Entity("users", { synchronize: false })
@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "Somebody who submits, upvotes, comments on or writes papers.",
})
export class User implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    return globalId("User", this.username);
  }

  @Column("text")
  @Field(() => String, { description: "The name in addresses, unique whatever the case." })
  username: string;

  @Column("text", { name: "full_name", nullable: true })
  @Field(() => String, { nullable: true, description: "The name as people write it." })
  fullName: string | null;

  @Column("text", { name: "avatar_url", nullable: true })
  avatarUrl: string | null;

  @Column("boolean", { name: "is_admin" })
  isAdmin: boolean;

  /** What the import said beyond the columns. */
  @Column("jsonb", { nullable: true })
  source: Record<string, unknown> | null;

  @Column("timestamptz", { name: "created_at" })
  createdAt: Date;
}
