import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { Node, globalId } from "../../shared/node.js";

@Entity("tags", { synchronize: false })
@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description:
    "A keyword or subject class of papers. Spellings that differ only in case, spacing and hyphens are the same tag.",
})
export class Tag implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    return globalId("Tag", this.slug);
  }

  @Column("text")
  @Field(() => String, {
    description: "Its name in lower case with hyphens, unique: `vision-language-models`.",
  })
  slug: string;

  @Column("text")
  @Field(() => String, { description: "Its name in the most frequent spelling: `vision-language models`." })
  name: string;

  @Column("integer", { name: "paper_count" })
  @Field(() => Int, { description: "The number of papers that have it." })
  paperCount: number;
}
