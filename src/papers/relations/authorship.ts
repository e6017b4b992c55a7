import { Field, Int, ObjectType } from "type-graphql";
import { Author } from "../../catalogue/authors/author.entity.js";
import type { ListedAuthor } from "./author.js";

/** It has no id: it is part of its paper, so that caches keep one for each paper. */
@ObjectType({ simpleResolvers: true, description: "An author's place in a paper's list of authors." })
export class Authorship {
  constructor(author: ListedAuthor) {
    this.author = author;
    this.position = author.position;
  }

  @Field(() => Int, { description: "The place in the list, from 1." })
  position: number;

  @Field(() => Author, { description: "The author." })
  author: ListedAuthor;
}
