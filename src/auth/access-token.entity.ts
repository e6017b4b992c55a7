import { Field, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../shared/node.js";
import { DateTime } from "../shared/scalars.js";

@Entity("access_tokens", { synchronize: false })
@ObjectType({
  implements: Node,
  description:
    "An access token: programs that send it act as its user. Its secret is shown once, when the token is created.",
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
  @Field(() => String, { description: "The name that its owner gave the token." })
  name: string;

  @Column("timestamptz", { name: "created_at" })
  @Field(() => DateTime, { description: "When the token was created." })
  createdAt: Date;

  @Column("timestamptz", { name: "expires_at", nullable: true })
  @Field(() => DateTime, {
    nullable: true,
    description: "When the token expires; null if it does not expire.",
  })
  expiresAt: Date | null;

  @Column("timestamptz", { name: "last_used_at", nullable: true })
  @Field(() => DateTime, {
    nullable: true,
    description: "When the token was last used, to the minute; null if it was never used.",
  })
  lastUsedAt: Date | null;
}
