import { Type, type Static } from "typebox";
import { moment, named, ref } from "./named.schema.js";
import { HfUser } from "./people.schema.js";

export const HfComment = named("Comment", "A comment on a paper, or a reply to one.", {
  id: Type.String({ description: "For the address of a reply." }),
  createdAt: moment("When the comment was written."),
  type: Type.Literal("comment"),
  author: Type.Optional(ref(HfUser)),
  data: Type.Object({
    edited: Type.Boolean(),
    hidden: Type.Boolean({ description: "Whether it was deleted: then it has neither text nor author." }),
    latest: Type.Object({
      raw: Type.String({ description: "The text, in Markdown." }),
      html: Type.String({ description: "The text as HTML without scripts." }),
      updatedAt: moment("When it was last changed."),
      author: Type.Optional(ref(HfUser)),
    }),
    numEdits: Type.Integer(),
    editors: Type.Array(Type.String()),
    editorAvatarUrls: Type.Array(Type.String()),
    reactions: Type.Array(Type.Object({})),
    parentCommentId: Type.Optional(Type.String({ description: "What it replies to." })),
  }),
});
export type HfComment = Static<typeof HfComment>;
