import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../../shared/node.js";

@Entity("organisations", { synchronize: false })
@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "A company, university or group that papers come from.",
})
export class Organisation implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    return globalId("Organisation", this.slug);
  }

  @Column("text")
  @Field(() => String, { description: "Its short name in URLs, unique and case-insensitive: `nvidia`." })
  slug: string;

  @Column("text")
  @Field(() => String, { description: "Its name: `NVIDIA`." })
  name: string;

  @Column("text", { name: "avatar_url", nullable: true })
  avatarUrl: string | null;

  /** The id that the source gave it. */
  @Column("text", { name: "source_id", nullable: true })
  sourceId: string | null;

  @Column("integer", { name: "paper_count" })
  @Field(() => Int, { description: "The number of papers that come from it." })
  paperCount: number;
}
