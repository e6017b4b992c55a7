import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({
  simpleResolvers: true,
  description: "A name in a paper's list of authors. The same name is taken for the same author.",
})
export class Author {
  /** The name's number in the table authors. */
  key: number;
  paperKey: number;

  @Field(() => String, { description: "The name as the paper writes it." })
  name: string;

  @Field(() => Int, { description: "The place in the paper's list of authors, from 1." })
  position: number;
}
