import { Field, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../shared/node.js";
import { DateTime } from "../shared/scalars.js";

@Entity("access_tokens", { synchronize: false })
@ObjectType({
  implements: Node,
  description: "A key with which programs act for a user. Its secret is shown once, when it is made.",
})
export class AccessToken implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    return globalId("AccessToken", this.key);
  }

  @Column("integer", { name: "user_id" })
  userKey: number;

  @Column("text")
  @Field(() => String, { description: "What its owner calls it." })
  name: string;

  @Column("timestamptz", { name: "created_at" })
  @Field(() => DateTime, { description: "When it was made." })
  createdAt: Date;

  @Column("timestamptz", { name: "expires_at", nullable: true })
  @Field(() => DateTime, { nullable: true, description: "From when on it is refused; null: never." })
  expiresAt: Date | null;

  @Column("timestamptz", { name: "last_used_at", nullable: true })
  @Field(() => DateTime, {
    nullable: true,
    description: "When it was last used, to the minute; null: never.",
  })
  lastUsedAt: Date | null;
}
