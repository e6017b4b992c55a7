import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn } from "typeorm";
import { authorSlug } from "./author-slug.js";
import { Node, globalId } from "../../shared/node.js";

@Entity("authors", { synchronize: false })
@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description:
    "An author of papers, identified by name: papers with the same spelling of a name have the same author.",
})
export class Author implements Node {
  @PrimaryColumn("integer", { name: "id" })
  key: number;

  get id(): string {
    return globalId("Author", this.slug);
  }

  @Column("text")
  @Field(() => String, { description: "The name as it is written in the papers." })
  name: string;

  @Field(() => String, {
    description: "The name as it is used in URLs, unique and case-sensitive: `Yann_LeCun`.",
  })
  get slug(): string {
    return authorSlug(this.name);
  }

  /** Undefined where the author was read with a paper. */
  @Column("integer", { name: "paper_count" })
  paperCount?: number;

  /** The paper in whose list of authors this one was read. */
  paperKey?: number;

  @Field(() => Int, {
    nullable: true,
    description:
      "The place in the list of authors of the paper under which the author was selected, from 1; null elsewhere.",
    deprecationReason:
      "An author is one object in normalised caches, whatever the paper: use `Authorship.position`, or the index in `Paper.authors`.",
  })
  position?: number;
}
